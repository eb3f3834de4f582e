# needs: ipvs
# memory: 2G
# timeout: 1800
# One member in a hundred flaps: its port is open for 20 s and closed for 20 s.
host director eth0 10.0.0.2/24
host servers eth0 10.0.0.3/24
on servers ip route add local 10.1.0.0/16 dev lo
on director ip route add 10.1.0.0/16 via 10.0.0.3
server=$LAB_BUILD/tests/probe_cpu
lab_become servers "$server" 8000 &
flap() { while sleep 20; do on servers timeout 20 "$server" 8001 || true; done; }
flap &

# each_member FORMAT: with address and port.
each_member() {
  awk -v n="$LAB_MEMBERS" -v format="$1" 'BEGIN { for (i = 0; i < n; i++) printf format "\n", "10.1." int(i / 250) "." i % 250, i % 100 ? 8000 : 8001 }'
}
opened() { on director awk '$1 == "Tcp:" && $6 ~ /^[0-9]/ { print $6 }' /proc/net/snmp; }
descendants() { pgrep -d ' ' -P "$1" || true; }
busy_ns() { cut -d' ' -f1 /proc/"$1"/task/*/schedstat | awk '{ sum += $1 } END { printf "%.0f\n", sum }'; }
# What the processes have that nobody else would share.
memory_of() { for pid; do cat "/proc/$pid/smaps_rollup"; done | awk '/^Pss:/ { sum += $2 } END { print sum }'; }
destinations() { on director awk '/->.*Masq/' /proc/net/ip_vs | wc -l; }
almost_all() { (($(destinations) >= LAB_MEMBERS * 98 / 100)); }
first_round() { (($(opened) - from >= LAB_MEMBERS)); }

measure() {
  local name=$1 worker=$2 begun busy checks
  lab_poll=1 wait_until 600 "the destinations of $name" almost_all
  lab_poll=1 wait_until 600 "a first round of $name" first_round
  begun=$(opened) busy=$(busy_ns "$worker")
  sleep "$LAB_SECONDS"
  checks=$(($(opened) - begun)) busy=$(($(busy_ns "$worker") - busy))
  awk -v name="$name" -v checks=$checks -v busy=$busy -v memory="$(memory_of "${@:2}")" -v there="$(destinations)" 'BEGIN {
    printf "%s: checks %d cpu_us_each %.1f memory_kb %d destinations %d\n", name, checks, busy / 1000 / checks, memory, there }'
}

from=$(opened)
{
  printf 'virtual_server 10.100.0.1 80 {\n  delay_loop %d\n  lb_algo rr\n  lb_kind NAT\n  protocol TCP\n' "$LAB_INTERVAL"
  each_member '  real_server %s %d { TCP_CHECK { connect_timeout 2 } }'
  echo "}"
} >"$LAB_RUN/keepalived.conf"
lab_become director keepalived --check --dont-fork --use-file "$LAB_RUN/keepalived.conf" >"$LAB_RUN/hosts/director/log/keepalived.log" 2>&1 &
parent=$!
has_checker() { checker=$(descendants $parent); [[ -n $checker ]]; }
wait_until 60 "keepalived's checker" has_checker
measure keepalived "$checker" $parent
kill -9 $parent "$checker"
wait $parent || true
on director ipvsadm -C

from=$(opened)
{
  printf 'apiVersion: ballast/v1\nkind: VirtualService\nmetadata: {name: web}\nspec: {address: 10.100.0.1, port: 80, scheduler: rr, forwarding: NAT, nodes: [director], pool: web}\n---\n'
  printf 'apiVersion: ballast/v1\nkind: Pool\nmetadata: {name: web}\nspec:\n  checks: [{tcp: {timeout: 2s}, interval: %ds}]\n  members:\n' "$LAB_INTERVAL"
  each_member '    - {address: %s, port: %d}'
} >"$LAB_RUN/cluster.yaml"
run_ballast director "$LAB_RUN/cluster.yaml"
measure ballast "${lab_node_pid[director]}"
stop_node director
