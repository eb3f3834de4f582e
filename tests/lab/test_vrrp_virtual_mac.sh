# A router with a virtual MAC: neighbours learn 00:00:5e:00:01:VRID, before a take-over and after it, and only the MASTER
# answers; the devices are gone when both have stopped.
# needs: none
# timeout: 100
host one eth0 10.0.0.1/24
host two eth0 10.0.0.2/24
host client eth0 10.0.0.9/24
vip=10.0.0.100
mac=00:00:5e:00:01:33
cat >"$LAB_RUN/cluster.yaml" <<YAML
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: web}
spec:
  virtualRouterId: 51
  interface: eth0
  advertisementInterval: 300ms
  virtualMac: true
  addresses: [$vip/24]
  routers: [{node: one, priority: 150}, {node: two, priority: 100}]
YAML
neighbour() { on client ip neigh show to $vip | grep -o 'lladdr [0-9a-f:]*'; }
answers() { on client ping -c 1 -W 1 $vip; }
run_ballast one "$LAB_RUN/cluster.yaml"
run_ballast two "$LAB_RUN/cluster.yaml"
await_holder 5 $vip one two
wait_until 5 "an answer" answers
assert_eq "MAC of the VIP" "lladdr $mac" "$(neighbour)"
assert_contains "device" "$(on one ip -d link show vrrp.51)" macvlan $mac
stop_node one
await_holder 3 $vip two one
wait_until 5 "an answer of the other" answers
assert_eq "MAC of the VIP after the take-over" "lladdr $mac" "$(neighbour)"
assert_eq "devices left on one" "" "$(on one ip -o link show type macvlan)"
stop_node two
assert_eq "devices left on two" "" "$(on two ip -o link show type macvlan)"
