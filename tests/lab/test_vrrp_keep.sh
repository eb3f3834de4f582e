# An upgrade: the controller stops with --keep, or by SIGUSR2, and a new one starts within the lease. The VIP stays where it is all
# the time, the other node never takes over. So too with a tracked script that has no result yet, and with AH, whose numbers go on; a
# router that was BACKUP stays so. Without a successor the lease ends and the other takes over.
# needs: none
# timeout: 100
host one eth0 10.0.0.1/24
host two eth0 10.0.0.2/24
vip=10.0.0.100
other=10.0.0.101
cat >"$LAB_RUN/cluster.yaml" <<YAML
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: web}
spec:
  virtualRouterId: 51
  interface: eth0
  version: 2
  authentication: {type: AH, password: s3cret}
  advertisementInterval: 1s
  addresses: [$vip/24]
  routers: [{node: one, priority: 150}, {node: two, priority: 100}]
  track: [{script: {command: [/bin/sleep, '0.2']}}]
---
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: mail}
spec:
  virtualRouterId: 52
  interface: eth0
  addresses: [$other/24]
  routers: [{node: one, priority: 100}, {node: two, priority: 150}]
YAML
run_ballast one "$LAB_RUN/cluster.yaml" --keep --realtime 10 --lock-memory
run_ballast two "$LAB_RUN/cluster.yaml"
await_holder 8 $vip one two
await_holder 8 $other two one
locked=$(awk '$1 == "VmLck:" { print $2 }' "/proc/${lab_node_pid[one]}/status")
((locked > 1000)) || fail "--lock-memory locks $locked kB"
times_taken() { grep -c 'vrrp mail: .* -> MASTER' "$LAB_RUN/hosts/one/log/run.log"; }
taken=$(times_taken) || true
lab_become two ip -o monitor address >"$LAB_RUN/monitor" &
monitor=$!
for round in 1 2; do
  if ((round == 1)); then stop_node one; else stop_node one USR2; fi
  holds one $vip || fail "the VIP went with the process"
  # Without the option: from now on it is the signal that keeps.
  run_ballast one "$LAB_RUN/cluster.yaml" --realtime 10 --lock-memory
  roles() { { ballast_on one status -o json || true; } | jq -r '[.routers[].role] | join(" ")'; }
  have_roles() { [[ $(roles) == "MASTER BACKUP" ]]; }
  wait_until 3 "the successor of round $round to be MASTER" have_roles
  sent() { { ballast_on one status -o json || true; } | jq '.routers[0].advertisementsSent'; }
  has_sent() { (($(sent) >= 5)); }
  wait_until 15 "five advertisements" has_sent
done
assert_eq "packets that two refused" "{}" "$(on two "$BALLAST" status -o json | jq -c '.routers[0].refusals')"
assert_eq "what happened to addresses on two" "" "$(grep -e Deleted -e "$vip/" "$LAB_RUN/monitor" || true)"
assert_eq "times that one took what two holds" "$taken" "$(times_taken || true)"
kill $monitor
wait $monitor || true
assert_eq "scheduling of the VRRP thread" FF "$(ps -L -o comm=,cls= -p "${lab_node_pid[one]}" | awk '$1 == "vrrp" { print $2 }')"
stop_node one USR2
await_holder 6 $vip two one
