# Two Ballast nodes: maintenance that survives a restart, failover by hand, notifications, VIPs that somebody else removes or
# adds, a link that goes and comes back, an interface that is not there yet, and what status says of each.
# needs: none
# timeout: 150
host one eth0 10.0.0.1/24
host two eth0 10.0.0.2/24
vip=10.0.0.100/24
notes=$LAB_RUN/notes
mkdir -p "$notes"
chmod 777 "$notes"
cat >"$LAB_RUN/note" <<'SCRIPT'
#!/bin/sh
echo "$1 $BALLAST_ROUTER $BALLAST_PREVIOUS_ROLE $BALLAST_PRIORITY $BALLAST_ADDRESSES" >>"$(dirname "$0")/notes/$(hostname)"
SCRIPT
chmod 755 "$LAB_RUN/note"
cat >"$LAB_RUN/cluster.yaml" <<YAML
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: web}
spec:
  virtualRouterId: 51
  interface: eth0
  advertisementInterval: 300ms
  addresses: [$vip]
  routers: [{node: one, priority: 150}, {node: two, priority: 100}]
  notify: {command: [$LAB_RUN/note]}
YAML
run_ballast one "$LAB_RUN/cluster.yaml"
run_ballast two "$LAB_RUN/cluster.yaml"
await_holder 5 $vip one two
expect_status 0 ballast_on one status
assert_contains "status of the MASTER" "$stdout" web MASTER 10.0.0.100/24
expect_status 0 ballast_on two status
assert_contains "status of the BACKUP" "$stdout" BACKUP 10.0.0.1

echo "a VIP removed by hand is put back, without a change of role"
transitions=$(grep -c ' -> ' "$LAB_RUN/hosts/one/log/run.log")
on one ip addr del $vip dev eth0
wait_until 2 "the VIP to be back" holds one $vip
assert_eq "changes of role" "$transitions" "$(grep -c ' -> ' "$LAB_RUN/hosts/one/log/run.log")"
echo "a VIP added by hand on the BACKUP is removed"
on two ip addr add $vip dev eth0
wait_until 2 "the VIP to be gone" lacks two $vip

echo "failover by hand, and back by preemption"
expect_status 0 ballast_on one failover web
await_holder 3 $vip two one
await_holder 6 $vip one two
expect_status 2 ballast_on two failover web
assert_contains "why not" "$stderr" "not MASTER"
expect_status 2 ballast_on one failover web2
assert_contains "which router" "$stderr" web2

echo "maintenance: gives up, stays out, also after a restart, and returns"
expect_status 0 ballast_on one maintenance on
await_holder 3 $vip two one
expect_status 1 ballast_on one status
assert_contains "status" "$stdout" maintenance
stop_node one
run_ballast one "$LAB_RUN/cluster.yaml"
answers() { { ballast_on one status -o json || true; } | grep -q routers; }
wait_until 5 "the controller" answers
expect_status 1 ballast_on one status
assert_contains "status after the restart" "$stdout" maintenance
only_holder $vip two one
expect_status 0 ballast_on one maintenance off
await_holder 6 $vip one two

echo "the link goes: FAULT, the other takes over; it comes back and preempts"
on one ip link set eth0 down
await_holder 4 $vip two one
expect_status 1 ballast_on one status
assert_contains "status without a link" "$stdout" FAULT "eth0 is down"
on one ip link set eth0 up
await_holder 6 $vip one two

echo "an interface that does not exist is waited for"
stop_node one
await_holder 3 $vip two one
on one ip link set eth0 down
on one ip link set eth0 name later0
run_ballast one "$LAB_RUN/cluster.yaml"
said_so() { { ballast_on one status || true; } | grep -q "eth0 does not exist"; }
wait_until 5 "status to say so" said_so
on one ip link set later0 name eth0
on one ip link set eth0 up
on one ip addr add 10.0.0.1/24 dev eth0 || true
await_holder 6 $vip one two

notified() { tail -1 "$notes/one" | grep -q "MASTER web BACKUP 150 $vip"; }
wait_until 3 "the notification" notified
stop_node one
stop_node two
assert_eq "holders after both have stopped" "" "$(holders $vip one two)"
expect_status 2 ballast_on one status
assert_contains "without a controller" "$stderr" "no controller runs here"
