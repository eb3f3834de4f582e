# Two Ballast nodes: maintenance that survives a restart, failover by hand, notifications, VIPs that somebody else removes or
# adds, a process that stood still, advertisements that cannot be sent, a link that goes and comes back, an interface that is
# not there yet, and what status says of each.
# needs: none
# timeout: 200
host one eth0 10.0.0.1/24
host two eth0 10.0.0.2/24
vip=10.0.0.100/24
notes=$LAB_RUN/notes
mkdir -p "$notes"
chmod 777 "$notes"
cat >"$LAB_RUN/note" <<'SCRIPT'
#!/bin/sh
echo "$1 $BALLAST_ROUTER $BALLAST_PREVIOUS_ROLE $BALLAST_PRIORITY $BALLAST_ADDRESSES $(id -u) $BALLAST_ROLE" >>"$(dirname "$0")/notes/$(hostname)"
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
lab_become one ip -o -ts monitor address >"$LAB_RUN/monitor" &
monitor=$!
# A removal that was not seen yet would not be timed.
watched() { on one ip addr add 10.9.9.9/32 dev lo 2>/dev/null || on one ip addr del 10.9.9.9/32 dev lo; [[ -s $LAB_RUN/monitor ]]; }
wait_until 5 "the monitor" watched
on one ip addr del $vip dev eth0
wait_until 2 "the VIP to be back" holds one $vip
timed() { awk -v vip="$vip" '
  function seconds(text, part) { gsub(/[][]/, "", text); sub(/.*T/, "", text); split(text, part, ":"); return part[1] * 3600 + part[2] * 60 + part[3] }
  !index($0, vip " ") { next }
  /Deleted/ { gone = seconds($1); next }
  gone { printf "%d\n", (seconds($1) - gone) * 1000; exit }' "$LAB_RUN/monitor"; }
is_timed() { [[ -n $(timed) ]]; }
wait_until 2 "the monitor to tell" is_timed
kill $monitor
wait $monitor || true
took=$(timed)
limit=$(awk '{ print ($1 > 2 ? 500 : 100) }' /proc/loadavg)
((took < limit)) || fail "the VIP was back after $took ms, of $limit"
assert_eq "changes of role" "$transitions" "$(grep -c ' -> ' "$LAB_RUN/hosts/one/log/run.log")"
echo "a VIP added by hand on the BACKUP is removed"
on two ip addr add $vip dev eth0
wait_until 2 "the VIP to be gone" lacks two $vip

echo "a MASTER that stood still looks before it goes on, and blames nobody for VIPs that have expired"
blamed=$(grep -c "put back" "$LAB_RUN/hosts/one/log/run.log")
# What two says must not be the first that one hears, nor may one then preempt before two is heard.
on one nft add table ip t
on one nft 'add chain ip t i { type filter hook input priority 0; }'
on one nft add rule ip t i ip protocol 112 drop
kill -STOP "${lab_node_pid[one]}"
await_holder 8 $vip two one
kill -CONT "${lab_node_pid[one]}"
wait_until 5 "one to notice" grep -q "did not run for" "$LAB_RUN/hosts/one/log/run.log"
on one nft delete table ip t
await_holder 8 $vip one two
assert_eq "blamed" "$blamed" "$(grep -c "put back" "$LAB_RUN/hosts/one/log/run.log")"

echo "a MASTER that cannot advertise gives up, says why, and tries again"
on one nft add table ip t
on one nft 'add chain ip t o { type filter hook output priority 0; }'
on one nft add rule ip t o ip protocol 112 drop
await_holder 8 $vip two one
expect_status 1 ballast_on one status
assert_contains "status" "$stdout" FAULT "cannot advertise"
on one nft delete table ip t
await_holder 20 $vip one two

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
assert_contains "notes" "$(cat "$notes/one")" "BACKUP web INIT 150 $vip" "FAULT web MASTER 150 $vip" "BACKUP web FAULT 150 $vip"
assert_eq "the role as an argument and in the environment" "" "$(awk '$1 != $NF' "$notes/one")"
assert_eq "whom the program runs as" "" "$(awk '$(NF - 1) == 0' "$notes/one")"
stop_node one
stop_node two
assert_eq "holders after both have stopped" "" "$(holders $vip one two)"
expect_status 2 ballast_on one status
assert_contains "without a controller" "$stderr" "no controller runs here"
