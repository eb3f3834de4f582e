# The last good manifest is the first thing in force after a restart: after kill -9, with files that are broken or gone,
# and without one write to the kernel where nothing differs. Another source's is passed over.
# timeout: 180
host one eth0 10.0.0.1/24
log=$LAB_RUN/hosts/one/log/run.log
cache=$LAB_RUN/cache

# manifest WEIGHT [COUNT]
manifest() {
  local i
  for ((i = 1; i <= ${2-4}; i++)); do
    cat <<YAML
---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: s$i}
spec: {address: 10.0.0.100, port: $((8000 + i)), forwarding: DR, pool: web, nodes: [one]}
YAML
  done
  cat <<YAML
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: web}
spec: {members: [{address: 10.0.0.11, weight: $1}]}
---
apiVersion: ballast/v1
kind: Sysctl
metadata: {name: tuning}
spec: {nodes: [one], values: {net.ipv4.conf.eth0.accept_redirects: 0}}
YAML
}
# A log for each start.
start() {
  : >"$log"
  run_ballast one "$1" --cache-dir "$cache" "${@:2}"
}
eligible() { status_has one .eligible; }
await_eligible() { lab_poll=0.2 wait_until 40 "the node to be eligible" eligible; }
revision() { status_of one .manifest.revision; }
crash() {
  kill -KILL "${lab_node_pid[one]}"
  wait "${lab_node_pid[one]}" 2>/dev/null || true
}
kept() { [[ -s $cache/last-good ]]; }
writes() { grep -c "kernel write" "$log" || true; }

manifest 3 >"$LAB_RUN/cluster.yaml"
start "$LAB_RUN/cluster.yaml"
await_eligible
wait_until 40 "the last good manifest" kept
assert_eq "mode of the file" 600 "$(stat -c %a "$cache/last-good")"
first=$(revision)
wanted=$(ipvs one)
assert_contains "IPVS" "$wanted" "-t 10.0.0.100:8004"

echo "the file is broken, the process killed, and started again"
crash
echo "kind: Nonsense" >>"$LAB_RUN/cluster.yaml"
start "$LAB_RUN/cluster.yaml"
await_eligible
refused() { status_has one '.manifest.refused != null'; }
lab_poll=0.2 wait_until 40 "the refusal" refused
assert_eq "in force" "$first" "$(revision)"
assert_eq "IPVS" "$wanted" "$(ipvs one)"
assert_eq "times that the kernel was written to" 0 "$(writes)"
assert_contains "log" "$(cat "$log")" "is the last good one" "cluster.yaml:" "$first stays in force"

echo "the file is gone, and the kernel's table with it"
crash
rm "$LAB_RUN/cluster.yaml"
on one ipvsadm -C
start "$LAB_RUN/cluster.yaml"
await_eligible
assert_eq "IPVS" "$wanted" "$(ipvs one)"

echo "a change that was made while it was down is in force at once, and kept"
crash
manifest 7 >"$LAB_RUN/cluster.yaml"
start "$LAB_RUN/cluster.yaml"
heavier() { [[ $(ipvs one) == *"-w 7"* ]]; }
wait_until 40 "the new weight" heavier
second=$(revision)
[[ $second != "$first" ]]
is_kept() { grep -aq "$1" "$cache/last-good"; }
wait_until 40 "it to be kept" is_kept "$second"
crash
rm "$LAB_RUN/cluster.yaml"
start "$LAB_RUN/cluster.yaml"
await_eligible
assert_eq "in force" "$second" "$(revision)"
assert_eq "times that the kernel was written to" 0 "$(writes)"

echo "one that takes most of it away while it was down is held all the same"
crash
manifest 7 1 >"$LAB_RUN/cluster.yaml"
start "$LAB_RUN/cluster.yaml"
held() { status_has one '.manifest.held != null'; }
lab_poll=0.2 wait_until 40 "the manifest to be held" held
assert_eq "in force" "$second" "$(revision)"
assert_contains "IPVS" "$(ipvs one)" "-t 10.0.0.100:8004"
crash

echo "a file that is damaged, and another source's, are passed over"
start "$LAB_RUN/other.yaml"
status=0
wait "${lab_node_pid[one]}" || status=$?
assert_eq "exit status without any manifest" 2 $status
assert_contains "log" "$(cat "$log")" "is another source's" "other.yaml: cannot read it"
truncate -s -1 "$cache/last-good"
start "$LAB_RUN/cluster.yaml"
await_eligible
assert_contains "log" "$(cat "$log")" "the last good manifest is of no use" "it is damaged"
wait_until 40 "the good one to be kept" is_kept "$(revision)"
assert_eq "services" 1 "$(ipvs one | grep -c ^-A)"
stop_node one

echo "what the system refuses to the process is not the last good manifest's fault, and is said once"
expect_status 2 on one setpriv --bounding-set=-sys_nice --inh-caps=-all "$BALLAST" run -f "$LAB_RUN/cluster.yaml" \
  --cache-dir "$cache" --realtime 5
assert_eq "times that it is said" 1 "$(grep -c "cannot get real-time priority" <<<"$stderr")"
assert_eq "blamed" "" "$(grep "of no use" <<<"$stderr" || true)"
