# Two routers of a sync group change together: the link of one goes, and both VIPs move; it comes back, and both return.
# needs: none
# timeout: 100
network lan
network inner
for node in one two; do
  host $node
  plug $node lan eth0 "10.0.0.$([[ $node == one ]] && echo 1 || echo 2)/24"
  plug $node inner eth1 "10.1.0.$([[ $node == one ]] && echo 1 || echo 2)/24"
done
outer=10.0.0.100 inside=10.1.0.100
router() {
  cat <<YAML
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: $1}
spec:
  virtualRouterId: $2
  interface: $3
  advertisementInterval: 200ms
  syncGroup: gateway
  addresses: [$4/24]
  routers: [{node: one, priority: 150}, {node: two, priority: 100}]
---
YAML
}
{
  router outer 51 eth0 $outer
  router inside 52 eth1 $inside
} >"$LAB_RUN/cluster.yaml"
run_ballast one "$LAB_RUN/cluster.yaml"
run_ballast two "$LAB_RUN/cluster.yaml"
await_holder 5 $outer one two
await_holder 5 $inside one two
on one ip link set eth1 down
await_holder 5 $outer two one
await_holder 5 $inside two one
expect_status 1 ballast_on one status
assert_contains "status of the group" "$stdout" FAULT "eth1 is down"
on one ip link set eth1 up
await_holder 6 $outer one two
await_holder 6 $inside one two
stop_node one
await_holder 3 $outer two one
await_holder 3 $inside two one
