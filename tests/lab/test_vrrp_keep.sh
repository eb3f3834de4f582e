# An upgrade: the controller stops with --keep and a new one starts within the lease. The VIP stays where it is all the time,
# the other node never takes over, and a client hears no gap. Without a successor the lease ends and the other takes over.
# needs: none
# timeout: 100
host one eth0 10.0.0.1/24
host two eth0 10.0.0.2/24
vip=10.0.0.100
cat >"$LAB_RUN/cluster.yaml" <<YAML
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: web}
spec:
  virtualRouterId: 51
  interface: eth0
  advertisementInterval: 1s
  addresses: [$vip/24]
  routers: [{node: one, priority: 150}, {node: two, priority: 100}]
YAML
run_ballast one "$LAB_RUN/cluster.yaml" --keep --realtime 10 --lock-memory
run_ballast two "$LAB_RUN/cluster.yaml"
await_holder 8 $vip one two
lab_become two ip -o monitor address >"$LAB_RUN/monitor" &
monitor=$!
for round in 1 2; do
  stop_node one
  holds one $vip || fail "the VIP went with the process"
  run_ballast one "$LAB_RUN/cluster.yaml" --keep --realtime 10 --lock-memory
  is_master() { [[ $({ ballast_on one status -o json || true; } | jq -r '.routers[0].role') == MASTER ]]; }
  wait_until 3 "the successor of round $round to be MASTER" is_master
done
assert_eq "what happened to addresses on two" "" "$(cat "$LAB_RUN/monitor")"
kill $monitor
wait $monitor || true
assert_eq "scheduling of the VRRP thread" FF "$(ps -L -o comm=,cls= -p "${lab_node_pid[one]}" | awk '$1 == "vrrp" { print $2 }')"
stop_node one
await_holder 6 $vip two one
