# A router with a virtual MAC: neighbours learn 00:00:5e:00:01:VRID, before a take-over and after it, and only the MASTER
# answers; the devices are gone when both have stopped, and what was changed for them on others is as before, also after a
# kill -9. Without `ballast run` nobody makes the device: `apply --as-master` says so.
# needs: none
# timeout: 240
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
parameters() { on "$1" sysctl net.ipv4.conf.{all,eth0,default}.{rp_filter,arp_ignore,arp_announce}; }
on one sysctl -qw net.ipv4.conf.all.rp_filter=2
before_one=$(parameters one)
before_two=$(parameters two)
run_ballast one "$LAB_RUN/cluster.yaml"
run_ballast two "$LAB_RUN/cluster.yaml"
await_holder 20 $vip one two
wait_until 20 "an answer" answers
assert_eq "MAC of the VIP" "lladdr $mac" "$(neighbour)"
assert_contains "device" "$(on one ip -d link show vrrp.51)" macvlan $mac
stop_node one
assert_eq "parameters of one after it has stopped" "$before_one" "$(parameters one)"
await_holder 20 $vip two one
wait_until 20 "an answer of the other" answers
assert_eq "MAC of the VIP after the take-over" "lladdr $mac" "$(neighbour)"
assert_eq "devices left on one" "" "$(on one ip -o link show type macvlan)"
stop_node two
assert_eq "devices left on two" "" "$(on two ip -o link show type macvlan)"
assert_eq "parameters of two" "$before_two" "$(parameters two)"

echo "killed, started again, stopped"
changed() { [[ $(parameters one) != "$before_one" ]]; }
for next in cluster plain; do
  run_ballast one "$LAB_RUN/cluster.yaml"
  await_holder 20 $vip one two
  changed || fail "the router needs no other parameters: this shows nothing"
  stop_node one KILL
  # Its addresses are given up by the kernel, its device is not.
  wait_until 20 "the lease to end" lacks one $vip
  assert_contains "device after the kill" "$(on one ip -o link show type macvlan)" vrrp.51
  sed '/virtualMac/d' "$LAB_RUN/cluster.yaml" >"$LAB_RUN/plain.yaml"
  run_ballast one "$LAB_RUN/$next.yaml"
  await_holder 20 $vip one two
  if [[ $next == plain ]]; then assert_eq "parameters without a virtual MAC" "$before_one" "$(parameters one)"; fi
  stop_node one
  assert_eq "parameters after a kill -9 and $next" "$before_one" "$(parameters one)"
  assert_eq "devices left" "" "$(on one ip -o link show type macvlan)"
done

expect_status 2 ballast_on one apply -f "$LAB_RUN/cluster.yaml" --as-master web
assert_contains "why not" "$stderr" "--as-master web" "virtual MAC" "ballast run"
