# See tests/bench/drift. A pair of directors of one tool, two real servers, a client. The service "web" is what is broken;
# "other", with a VIP and a real server of its own, must not notice.
# timeout: 3600
host one eth0 10.0.0.1/24
host two eth0 10.0.0.2/24
host web eth0 10.0.0.11/24
host echo eth0 10.0.0.12/24
host client eth0 10.0.0.9/24
for name in one two; do on $name ip link add flood type dummy; done
vip=10.0.0.100 other=10.0.0.101
patience=${LAB_PATIENCE:-20}

cat >"$LAB_RUN/cluster.yaml" <<YAML
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: web}
spec:
  virtualRouterId: 51
  interface: eth0
  addresses: [$vip/24, $other/24]
  routers: [{node: one, priority: 150}, {node: two, priority: 100}]
---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: web}
spec: {address: $vip, port: 80, scheduler: wrr, forwarding: DR, pool: web}
---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: other}
spec: {address: $other, port: 7, protocol: UDP, scheduler: wrr, forwarding: DR, pool: other}
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: web}
spec: {members: [{address: 10.0.0.11, weight: 3}, {address: 10.0.0.12}]}
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: other}
spec: {members: [{address: 10.0.0.12}]}
---
apiVersion: ballast/v1
kind: Director
metadata: {name: directors}
spec: {nodes: [one, two], sysctls: {net.ipv4.ip_forward: 1}}
---
apiVersion: ballast/v1
kind: RealServer
metadata: {name: web}
spec: {nodes: [web], pools: [web]}
YAML
# What nobody breaks is made once, by hand.
on echo sysctl -qw net.ipv4.conf.{all,lo}.arp_ignore=1 net.ipv4.conf.{all,lo}.arp_announce=2
for address in $vip $other; do on echo ip addr add $address/32 dev lo; done
run_reflector echo $other

# With keepalived, the rest is what tutorials have in /etc/rc.local and sysctl.conf.
make_by_hand() {
  local name
  for name in one two; do on $name sysctl -qw net.ipv4.ip_forward=1; done
  on web sysctl -qw net.ipv4.conf.{all,lo}.arp_ignore=1 net.ipv4.conf.{all,lo}.arp_announce=2
  on web ip addr add $vip/32 dev lo
}
start_keepalived() {
  make_by_hand
  local priority=150 name
  for name in one two; do
    cat >"$LAB_RUN/$name.conf" <<CONF
global_defs { vrrp_version 3 }
vrrp_instance web {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority $priority
  advert_int 1
  virtual_ipaddress {
    $vip/24 dev eth0
    $other/24 dev eth0
  }
}
virtual_server $vip 80 {
  lb_algo wrr
  lb_kind DR
  protocol TCP
  real_server 10.0.0.11 80 { weight 3 }
  real_server 10.0.0.12 80 { weight 1 }
}
virtual_server $other 7 {
  lb_algo wrr
  lb_kind DR
  protocol UDP
  real_server 10.0.0.12 7 { weight 1 }
}
CONF
    priority=100
    lab_become $name keepalived --dont-fork --log-console --use-file "$LAB_RUN/$name.conf" --pid "$LAB_RUN/$name.pid" \
      --vrrp_pid "$LAB_RUN/$name.vrrp" --checkers_pid "$LAB_RUN/$name.checkers" >>"$LAB_RUN/hosts/$name/log/keepalived.log" 2>&1 &
    lab_node_pid[$name]=$!
  done
}
start_ballast() {
  local name
  for name in one two web; do run_ballast $name "$LAB_RUN/cluster.yaml"; done
}
# All processes of a node: keepalived has three.
processes() { if [[ -n ${lab_node_pid[$1]-} ]]; then echo "${lab_node_pid[$1]}" $(pgrep -P "${lab_node_pid[$1]}" || true); fi; }

is_whole() {
  only_holder $vip one two && holds web $vip/32 &&
    [[ $(ipvs one | grep -c '^-a') == 3 && $(ipvs two | grep -c '^-a') == 3 ]] &&
    [[ $(kernel_parameter one net.ipv4.ip_forward) == 1 && $(kernel_parameter web net.ipv4.conf.all.arp_ignore) == 1 ]]
}
clean_up() {
  local name
  for name in "${!lab_node_pid[@]}"; do
    kill "${lab_node_pid[$name]}" 2>/dev/null || true
    wait "${lab_node_pid[$name]}" || true
    unset "lab_node_pid[$name]"
  done
  for name in one two; do
    on $name sh -c "ipvsadm -C; ip addr del $vip/24 dev eth0; ip addr del $other/24 dev eth0; sysctl -qw net.ipv4.ip_forward=0; rm -rf /run/ballast" 2>/dev/null || true
  done
  on web sh -c "ip addr del $vip/32 dev lo; sysctl -qw net.ipv4.conf.all.arp_ignore=0; rm -rf /run/ballast" 2>/dev/null || true
}

# What is broken: the host, what is read of it, and the command.
seq 10000 | sed 's/.*/addr add 10.9.9.9\/32 dev flood\naddr del 10.9.9.9\/32 dev flood/' >"$LAB_RUN/flood"
rows=(
  "service deleted|one|ipvs|ipvsadm -D -t $vip:80"
  "destination deleted|one|ipvs|ipvsadm -d -t $vip:80 -r 10.0.0.11:80"
  "weight changed|one|ipvs|ipvsadm -e -t $vip:80 -r 10.0.0.11:80 -g -w 7"
  "scheduler changed|one|ipvs|ipvsadm -E -t $vip:80 -s rr"
  "table flushed|one|ipvs|ipvsadm -C"
  "VIP deleted|one|addresses|ip addr del $vip/24 dev eth0"
  "VIP added on the standby|two|addresses|ip addr add $vip/24 dev eth0"
  "lo VIP deleted on a real server|web|addresses|ip addr del $vip/32 dev lo"
  "arp_ignore changed|web|net.ipv4.conf.all.arp_ignore|sysctl -qw net.ipv4.conf.all.arp_ignore=0"
  "ip_forward changed|one|net.ipv4.ip_forward|sysctl -qw net.ipv4.ip_forward=0"
  "interface bounced|one|addresses|ip link set eth0 down; ip addr flush dev eth0; ip link set eth0 up; ip addr add 10.0.0.1/24 dev eth0"
  # The process stands still while its sockets overrun and the VIP is added: what it then reads does not say so.
  "VIP added, netlink overrun|two|addresses|kill -STOP \$processes; ip -batch $LAB_RUN/flood; ip addr add $vip/24 dev eth0; kill -CONT \$processes"
)

# seen HOST WHAT: as time_repair.py reads it.
seen() {
  case $2 in
    ipvs) ipvs "$1" ;;
    addresses) on "$1" ip -o addr show | awk '{ print $2, $4 }' | sort ;;
    *) kernel_parameter "$1" "$2" ;;
  esac
}
measure() {
  local tool=$1 what=$2 name=$3 read=$4 command=$5 took lost
  "start_$tool"
  wait_until 60 "$tool to be ready" is_whole
  local good
  good=$(seen "$name" "$read")
  steady_start client $other
  took=$(on "$name" env processes="$(processes "$name")" /usr/bin/python3 \
    "$LAB_SOURCE/tests/lab/time_repair.py" "$read" "$patience" sh -c "$command")
  read -r _ lost <<<"$(steady_stop client)"
  local reloaded=""
  if [[ $took == never ]]; then
    kill -HUP "${lab_node_pid[$name]}"
    is_repaired() { [[ $(seen "$name" "$read") == "$good" ]]; }
    reloaded="; not after SIGHUP either"
    if (lab_poll=0.2 wait_until "$patience" "the repair" is_repaired) 2>/dev/null; then reloaded="; after SIGHUP it is"; fi
  fi
  echo "$tool|$what|$took|$lost" >>"$LAB_RUN/rows"
  printf '%-34s %-10s %6s ms, %s packets of the other service lost%s\n' "$what" "$tool" "$took" "$lost" "$reloaded"
  clean_up
}

# Of all rounds: medians of both tools; what never came back is longer than anything.
medians() {
  awk -F'|' -v patience="$patience" '
    { key = $2; if (!(key in seen)) { seen[key] = 1; order[++keys] = key }
      values[$1, key, ++count[$1, key]] = $3 == "never" ? 1e9 : $3; lost[$1, key] += $4 }
    function middle(tool, key,  n, i, j, v, swap) {
      n = count[tool, key]
      if (!n) return "-"
      for (i = 1; i <= n; i++) v[i] = values[tool, key, i] + 0
      for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (v[j] < v[i]) { swap = v[i]; v[i] = v[j]; v[j] = swap }
      i = int((n + 1) / 2)
      return v[i] >= 1e9 ? "never" : v[i] " ms" }
    END {
      printf "%-34s %12s %6s   %12s %6s\n", "", "keepalived", "lost", "ballast", "lost"
      for (i = 1; i <= keys; i++) { key = order[i]
        printf "%-34s %12s %6d   %12s %6d\n", key, middle("keepalived", key), lost["keepalived", key], middle("ballast", key), lost["ballast", key] } }' "$LAB_RUN/rows"
}

for ((round = 1; round <= ${LAB_ROUNDS:-1}; round++)); do
  for row in "${rows[@]}"; do
    IFS='|' read -r what name read command <<<"$row"
    [[ -z ${LAB_EVENTS-} || " $LAB_EVENTS " == *" ${what// /-} "* ]] || continue
    for tool in ${LAB_TOOLS:-keepalived ballast}; do measure $tool "$what" "$name" "$read" "$command"; done
  done
done
echo "medians of ${LAB_ROUNDS:-1}; never: not within $patience s; lost: packets of the other service in all rounds"
medians
