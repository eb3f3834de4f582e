# See tests/bench/requests. manifests/payment-gateway, played by one tool after the other. The directors are in the guest;
# client and gateways are in the running kernel, which can carry the load.
# needs: ipvs outside
# timeout: 3600
# memory: 2G
guide=payment-gateway
directors=(lb-1 lb-2)
homes=([192.168.10.100/24]=lb-1)
manifest=$LAB_SOURCE/manifests/$guide/cluster.yaml
seconds=${LAB_SECONDS:-15}
host lb-1 ens33 192.168.10.101/24
host lb-2 ens33 192.168.10.102/24
join_outside lan
sources=(192.168.10.22{1..8})
outside_host client "${sources[@]/%//24}"
for node in pay-1 pay-2; do
  outside_host "$node" "192.168.10.11${node#pay-}/24"
  outside ip netns exec "$node" sysctl -qw net.core.somaxconn=8192
  outside ip netns exec "$node" "$BALLAST" apply -f "$manifest" --node "$node" --state-dir "$LAB_WORK/outside/$node" >/dev/null
  outside_nginx "$node"
done
place_keepalived_files

start_ballast() { run_ballast "$1" "$manifest"; }
start_keepalived() { run_whole_keepalived "$1" "/etc/keepalived/$1.conf"; }
processes() { echo "${lab_node_pid[$1]}" $(pgrep -P "${lab_node_pid[$1]}" || true); }
do_nothing() { :; }
do_stop() { stop_node lb-1; }
do_kill() { kill -KILL $(processes lb-1); wait "${lab_node_pid[lb-1]}" 2>/dev/null || true; }
do_link() { on lb-1 ip link set ens33 down; }
declare -A words=([nothing]="no failover" [stop]="planned stop" [kill]="kill -9" [link]="link loss")

measure() {
  local tool=$1 event=$2 director load
  for director in "${directors[@]}"; do "start_$tool" "$director"; done
  await_homes
  await_members "192.168.10.111:80 1" "192.168.10.112:80 1"
  outside_begin load ip netns exec client "$LAB_BUILD/tests/request_load" 192.168.10.100 80 "$LAB_RATE" "$seconds" "${sources[@]}"
  # A third of the load comes before.
  # shellcheck disable=SC2034
  read -rt "$((seconds / 3))" _ <> <(:) || true
  "do_$event"
  printf '%-13s %-11s %s\n' "${words[$event]}" "$tool" "$(outside_end "$load")"
  on lb-1 ip link set ens33 up
  for director in "${directors[@]}"; do
    kill -KILL $(processes "$director") 2>/dev/null || true
    wait "${lab_node_pid[$director]}" 2>/dev/null || true
    while has_address "$director" 192.168.10.100; do on "$director" ip addr del 192.168.10.100/24 dev ens33 || true; done
  done
  forget_tables
}

for ((round = 1; round <= ${LAB_ROUNDS:-1}; round++)); do
  for event in ${LAB_EVENTS:-nothing stop kill link}; do
    for tool in keepalived ballast; do measure "$tool" "$event"; done
  done
done
