# See tests/bench/failover. Two nodes of one tool share a VIP, a client pings it every 10 ms.
# needs: none
# timeout: 3600
host one eth0 10.0.0.1/24
host two eth0 10.0.0.2/24
host client eth0 10.0.0.9/24
vip=10.0.0.100
declare -A priority=([one]=150 [two]=100)

write_manifest() {
  cat >"$LAB_RUN/cluster.yaml" <<YAML
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: web}
spec:
  virtualRouterId: 51
  interface: eth0
  advertisementInterval: ${interval}ms
  addresses: [$vip/24]
  routers: [{node: one, priority: 150}, {node: two, priority: 100}]
YAML
}
start_ballast() { run_ballast "$1" "$LAB_RUN/cluster.yaml"; }
start_keepalived() {
  run_keepalived "$1" <<CONF
global_defs { vrrp_version 3 }
vrrp_instance web {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority ${priority[$1]}
  advert_int $(awk -v ms="$interval" 'BEGIN { print ms / 1000 }')
  virtual_ipaddress { $vip/24 dev eth0 }
}
CONF
}
# All processes of a node: keepalived has two.
processes() { echo "${lab_node_pid[$1]}" $(pgrep -P "${lab_node_pid[$1]}" || true); }

# What is done to the MASTER, and how it is mended.
do_stop() { stop_node one; }
do_kill() { kill -KILL $(processes one); wait "${lab_node_pid[one]}" || true; }
do_pause() { kill -STOP $(processes one); }
do_link() { on one ip link set eth0 down; }
do_delete() { on one ip addr del $vip/24 dev eth0; }
declare -A lasts=([stop]=5 [kill]=12 [pause]=33 [link]=6 [delete]=5)
declare -A words=([stop]="planned stop" [kill]="kill -9" [pause]="SIGSTOP for 30 s" [link]="link loss" [delete]="VIP deleted")

watch_addresses() { lab_become "$1" ip -ts -o monitor address >"$LAB_RUN/monitor.$1" & monitors+=($!); }

# Largest gap between replies, in ms.
longest_silence() {
  awk -F'[][]' '/bytes from/ { if (last && $2 - last > gap) gap = $2 - last; last = $2 } END { printf "%.0f", gap * 1000 }' "$1"
}
# How long both had the VIP, in ms: from what `ip monitor` saw on each. $1: when it began, $2: when it ended (both UTC).
both_held() {
  for name in one two; do
    sed -n "s/^\[\([^]]*\)\] /\1 $name /p" "$LAB_RUN/monitor.$name" | grep -F " $vip/" || true
  done | sort | awk -v started_with=one -v end="$2" '
    function seconds(stamp,  part) { split(stamp, part, /[T:]/); return part[2] * 3600 + part[3] * 60 + part[4] }
    function count(now) { if (held["one"] && held["two"]) both += now - since; since = now }
    BEGIN { held[started_with] = 1 }
    { now = seconds($1); count(now); held[$2] = !($3 == "Deleted") }
    END { count(seconds(end)); printf "%.0f", both * 1000 }'
}
stamp() { date -u +%Y-%m-%dT%H:%M:%S.%6N; }

measure() {
  local tool=$1 event=$2 monitors=() began
  "start_$tool" one
  "start_$tool" two
  await_holder $((8 + interval / 100)) $vip one two
  watch_addresses one
  watch_addresses two
  lab_become client ping -D -i 0.01 $vip >"$LAB_RUN/ping" 2>&1 &
  local ping=$!
  wait_until 5 "replies" grep -q "bytes from" "$LAB_RUN/ping"
  # At the same moment for both: what is silent goes on for so much less as the last advertisement is old.
  on client timeout 10 tcpdump --immediate-mode -nni eth0 -c 1 vrrp >/dev/null 2>&1
  began=$(stamp)
  "do_$event"
  # shellcheck disable=SC2034
  read -rt "${lasts[$event]}" _ <> <(:) || true
  kill -INT $ping
  wait $ping || true
  printf '%-18s %5s ms  %-10s  silence %6s ms   two holders %6s ms\n' "${words[$event]}" "$interval" "$tool" \
    "$(longest_silence "$LAB_RUN/ping")" "$(both_held "$began" "$(stamp)")" | tee -a "$LAB_RUN/rows"
  kill "${monitors[@]}"
  wait "${monitors[@]}" || true
  kill -CONT $(processes one) 2>/dev/null || true
  on one ip link set eth0 up
  for name in one two; do kill "${lab_node_pid[$name]}" 2>/dev/null && wait "${lab_node_pid[$name]}" || true; done
  for name in one two; do if holds $name $vip; then on $name ip addr del $vip/24 dev eth0; fi; done
}

# Of all rounds: a row for each, median and largest of what was measured.
medians() {
  sed 's/ms//g; s/  */ /g' "$LAB_RUN/rows" | awk '
    { key = $0; sub(/ silence.*/, "", key); silence = $0; sub(/.*silence /, "", silence); split(silence, part, " ")
      if (!(key in count)) order[++keys] = key
      quiet[key, ++count[key]] = part[1]; both[key, count[key]] = part[4] }
    function middle(values, key,  i, j, sorted, swap) {
      for (i = 1; i <= count[key]; i++) sorted[i] = values[key, i] + 0
      for (i = 1; i <= count[key]; i++) for (j = i + 1; j <= count[key]; j++)
        if (sorted[j] < sorted[i]) { swap = sorted[i]; sorted[i] = sorted[j]; sorted[j] = swap }
      return sprintf("%5d (%d-%d)", sorted[int((count[key] + 1) / 2)], sorted[1], sorted[count[key]]) }
    END { for (i = 1; i <= keys; i++)
      printf "%-40s silence %-20s two holders %s\n", order[i], middle(quiet, order[i]), middle(both, order[i]) }'
}

for ((round = 1; round <= ${LAB_ROUNDS:-1}; round++)); do
  for interval in $LAB_INTERVALS; do
    write_manifest
    for event in ${LAB_EVENTS:-stop kill pause link delete}; do
      for tool in keepalived ballast; do measure "$tool" "$event"; done
    done
  done
done
echo "medians of ${LAB_ROUNDS:-1}, with the smallest and the largest:"
medians
