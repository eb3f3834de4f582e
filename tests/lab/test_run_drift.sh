# Whatever somebody changes by hand, `ballast run` puts back: services and destinations, sysctls, addresses of every
# kind, also where its events were lost in an overrun; and says so in its log. A client of another service loses no packet
# meanwhile. The times are printed; addresses come back at once, the rest at the next resync.
# timeout: 180
host director eth0 10.0.0.2/24
host web eth0 10.0.0.11/24
host standby eth0 10.0.0.3/24
host echo eth0 10.0.0.13/24
host client eth0 10.0.0.9/24

cat >"$LAB_RUN/cluster.yaml" <<'YAML'
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: web}
spec:
  virtualRouterId: 51
  interface: eth0
  advertisementInterval: 100ms
  addresses: [10.0.0.100/24]
  routers: [{node: director, priority: 150}, {node: standby}]
---
apiVersion: ballast/v1
kind: Address
metadata: {name: static}
spec: {nodes: [director], interface: eth0, address: 10.0.0.101/24}
---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: web}
spec: {address: 10.0.0.100, port: 80, scheduler: wrr, forwarding: DR, pool: web}
---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: dns}
spec: {address: 10.0.0.100, port: 53, protocol: UDP, scheduler: rr, forwarding: DR, pool: web}
---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: other}
spec: {address: 10.0.0.101, port: 7, protocol: UDP, scheduler: rr, forwarding: DR, pool: other}
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: other}
spec: {members: [{address: 10.0.0.13}]}
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: web}
spec: {members: [{address: 10.0.0.11, weight: 3}, {address: 10.0.0.12}]}
---
apiVersion: ballast/v1
kind: Director
metadata: {name: directors}
spec: {nodes: [director], sysctls: {net.ipv4.ip_forward: 1}}
---
apiVersion: ballast/v1
kind: RealServer
metadata: {name: web}
spec: {nodes: [web], pools: [web]}
YAML
vip=10.0.0.100/24
# Deleting a VIP by hand takes no other address along, whichever came first after the interface was bounced.
on director sysctl -qw net.ipv4.conf.all.promote_secondaries=1
on echo sysctl -qw net.ipv4.conf.{all,lo}.arp_ignore=1 net.ipv4.conf.{all,lo}.arp_announce=2
on echo ip addr add 10.0.0.101/32 dev lo
run_reflector echo 10.0.0.101
run_ballast director "$LAB_RUN/cluster.yaml" --resync 1 --max-removals 0
run_ballast web "$LAB_RUN/cluster.yaml" --resync 1
run_ballast standby "$LAB_RUN/cluster.yaml" --resync 1
await_holder 20 $vip director standby
ready() { ballast_on "$1" status >/dev/null; }
wait_until 20 "the director" ready director
wait_until 20 "the real server" ready web
wanted=$(ipvs director)
assert_contains "IPVS" "$wanted" "-t 10.0.0.100:80 -s wrr" "-r 10.0.0.11:80 -g -w 3" "-u 10.0.0.100:53 -s rr"

# drift WHAT TEST HOST COMMAND...: COMMAND breaks it; TEST holds when it is as it was.
as_wanted() { [[ $(ipvs director) == "$wanted" ]]; }
drift() {
  local began
  "$2" || fail "$1: not as wanted before"
  on "$3" "${@:4}"
  began=$(date +%s%3N)
  wait_until 20 "$1 to be put back" "$2"
  echo "  $1: $(($(date +%s%3N) - began)) ms"
}
has_vip() { holds director $vip; }
has_static() { holds director 10.0.0.101/24; }
has_loopback() { holds web 10.0.0.100/32; }
ignores_arp() { [[ $(kernel_parameter web net.ipv4.conf.all.arp_ignore) == 1 ]]; }
forwards() { [[ $(kernel_parameter director net.ipv4.ip_forward) == 1 ]]; }

steady_start client 10.0.0.101
echo "IPVS"
drift "a service deleted" as_wanted director ipvsadm -D -u 10.0.0.100:53
drift "a destination deleted" as_wanted director ipvsadm -d -t 10.0.0.100:80 -r 10.0.0.11:80
drift "a weight changed" as_wanted director ipvsadm -e -t 10.0.0.100:80 -r 10.0.0.11:80 -g -w 7
drift "a scheduler changed" as_wanted director ipvsadm -E -t 10.0.0.100:80 -s rr
drift "a VIP deleted" has_vip director ip addr del $vip dev eth0
drift "a loopback VIP deleted" has_loopback web ip addr del 10.0.0.100/32 dev lo
drift "arp_ignore changed" ignores_arp web sysctl -qw net.ipv4.conf.all.arp_ignore=0
read -r sent lost <<<"$(steady_stop client)"
assert_eq "packets of another service lost, of $sent" 0 "$lost"
((sent > 50)) || fail "the client sent $sent packets only"
drift "the table flushed" as_wanted director ipvsadm -C
drift "a static VIP deleted" has_static director ip addr del 10.0.0.101/24 dev eth0
drift "an interface bounced" has_vip director sh -c 'ip link set eth0 down; ip addr flush dev eth0; ip addr add 10.0.0.2/24 dev eth0; ip link set eth0 up'
wait_until 20 "the static VIP after it" has_static
drift "ip_forward changed" forwards director sysctl -qw net.ipv4.ip_forward=0
echo "an overrun: what the process reads after it does not say that the address went"
for name in director standby; do on $name ip link add flood type dummy; done
seq 10000 | sed 's/.*/addr add 10.9.9.9\/32 dev flood\naddr del 10.9.9.9\/32 dev flood/' >"$LAB_RUN/flood"
# overrun HOST COMMAND: what is to be run there, with COMMAND while nobody listens.
overrun() { echo "kill -STOP ${lab_node_pid[$1]}; ip -batch $LAB_RUN/flood; $2; kill -CONT ${lab_node_pid[$1]}"; }
drops() { on "$1" awk 'NR > 1 { sum += $9 } END { exit sum == 0 }' /proc/net/netlink; }
standby_lacks() { lacks standby $vip; }
drift "a VIP added on the standby" standby_lacks standby ip addr add $vip dev eth0
drift "a VIP added on the standby, unheard" standby_lacks standby sh -c "$(overrun standby "ip addr add $vip dev eth0")"
drops standby || fail "no socket of the standby was overrun"
drift "a static VIP deleted, unheard" has_static director sh -c "$(overrun director "ip addr del 10.0.0.101/24 dev eth0")"
drops director || fail "no socket of the director was overrun"
await_holder 20 $vip director standby
assert_contains "the director's log" "$(cat "$LAB_RUN/hosts/director/log/run.log")" \
  "~ destination 10.0.0.11:80 of tcp 10.0.0.100:80: weight: 7 -> 3" "~ sysctl net.ipv4.ip_forward: 0 -> 1" \
  "+ address 10.0.0.101/24 on eth0"
echo "a manifest that takes away too much is held until it is approved"
awk 'BEGIN { RS = ORS = "---\n" } !/name: dns/' "$LAB_RUN/cluster.yaml" | sed '$d' >"$LAB_RUN/next"
mv "$LAB_RUN/next" "$LAB_RUN/cluster.yaml"
held() { { ballast_on director status -o json || true; } | jq -re .manifest.held.revision >"$LAB_RUN/held"; }
wait_until 20 "the manifest to be held" held
assert_eq "IPVS" "$wanted" "$(ipvs director)"
expect_status 1 ballast_on director status
assert_contains "status" "$stdout" "is held: 1 of 3 services go: udp 10.0.0.100:53"
expect_status 2 ballast_on director approve 000000000000
ballast_on director approve "$(<"$LAB_RUN/held")" >/dev/null
without_dns() { [[ $(ipvs director) != *":53"* ]]; }
wait_until 20 "the service to go" without_dns
wait_until 20 "the director" ready director
stop_node standby
stop_node director
stop_node web
