# `ballast run` reads its manifest again at SIGHUP: VIPs come and go without a change of role, a router that is new
# starts, one that is gone releases, a manifest that is not valid changes nothing; and what others change is put back.
# needs: none
# timeout: 120
host one eth0 10.0.0.1/24
first=10.0.0.100/24
second=10.0.0.101/24
other=10.0.0.102/24
log=$LAB_RUN/hosts/one/log/run.log

# manifest PRIORITY ADDRESSES [DOCUMENT [SED]]
manifest() {
  sed "${4-}" >"$LAB_RUN/new.yaml" <<YAML
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: web}
spec:
  virtualRouterId: 51
  interface: eth0
  advertisementInterval: 100ms
  addresses: [$2]
  routers: [{node: one, priority: $1}]
---
apiVersion: ballast/v1
kind: Sysctl
metadata: {name: tuning}
spec: {nodes: [one], values: {net.ipv4.conf.eth0.accept_redirects: 0}}
${3-}
YAML
  mv "$LAB_RUN/new.yaml" "$LAB_RUN/cluster.yaml"
}
reload() { kill -HUP "${lab_node_pid[one]}"; }
redirects() { on one cat /proc/sys/net/ipv4/conf/eth0/accept_redirects; }
redirects_are() { [[ $(redirects) == "$1" ]]; }
priority_is() { on one "$BALLAST" status -o json | jq -e ".routers[0].priority == $1" >/dev/null; }

manifest 100 $first
run_ballast one "$LAB_RUN/cluster.yaml" --resync 0.2
await_holder 8 $first one
wait_until 8 "the sysctl to be set" redirects_are 0

echo "a VIP more, another priority: the role stays"
manifest 120 "$first, $second"
reload
wait_until 8 "the second VIP" holds one $second
wait_until 8 "priority 120" priority_is 120
echo "the first VIP goes"
manifest 120 $second
reload
wait_until 8 "the first VIP to go" lacks one $first
assert_eq "changes of role" 2 "$(grep -c -- '->.*priority' "$log")"

echo "another interval, longer and shorter: the role stays, and the VIP is renewed in time"
lab_become one ip -o -ts monitor address >"$LAB_RUN/monitor" &
monitor=$!
forces=$(grep -c "is in force" "$log")
in_force() { (($(grep -c "is in force" "$log") >= forces)); }
# enact: `manifest` with these arguments, and it is in force.
enact() {
  manifest "$@"
  reload
  forces=$((forces + 1))
  wait_until 8 "the manifest to be in force" in_force
}
for interval in 3s 200ms; do enact 120 $second "" "s/Interval: 100ms/Interval: $interval/"; done
echo "a tracked check, kept and new: the MASTER keeps its VIP, whether there was a result or not"
touch "$LAB_RUN/ok"
script="script: {command: [/bin/sleep, '0.5']}"
other_nodes="---
{apiVersion: ballast/v1, kind: Sysctl, metadata: {name: other}, spec: {nodes: [two], values: {net.ipv4.ip_forward: 1}}}"
for track in "{file: $LAB_RUN/ok}" "{file: $LAB_RUN/ok}, {$script}" "{$script, weight: -50}"; do
  enact 120 $second "" "s|Interval: 100ms|&\n  track: [$track]|"
  enact 120 $second "$other_nodes" "s|Interval: 100ms|&\n  track: [$track]|"
done
assert_eq "what happened to the VIP" "" "$(grep -F "${second%/*}/" "$LAB_RUN/monitor" | grep Deleted || true)"
assert_eq "priority" 120 "$(on one "$BALLAST" status -o json | jq '.routers[0].priority')"
assert_eq "changes of role" 2 "$(grep -c -- '->.*priority' "$log")"
echo "another label: the VIP carries it"
manifest 120 "{address: $second, label: 'eth0:vip'}"
reload
labelled() { on one ip -o addr show dev eth0 | grep -F "$1 " | grep -q "$2"; }
wait_until 8 "the label" labelled $second eth0:vip
holds one $second
manifest 120 $second
reload
gone() { ! labelled "$@"; }
wait_until 8 "the label to go" gone $second eth0:vip
wait_until 2 "the VIP" holds one $second
assert_eq "changes of role" 2 "$(grep -c -- '->.*priority' "$log")"
assert_eq "drift" "" "$(grep "put back" "$log" || true)"
kill $monitor
wait $monitor || true

echo "a manifest that is not valid changes nothing"
printf 'kind: Nonsense\n' >>"$LAB_RUN/cluster.yaml"
reload
wait_until 8 "the refusal" grep -q "stays in force" "$log"
assert_contains "log" "$(cat "$log")" "cluster.yaml:"
holds one $second

echo "a router more starts, and releases when it is gone again"
manifest 120 $second "---
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: mail}
spec: {virtualRouterId: 52, interface: eth0, advertisementInterval: 100ms, addresses: [$other], routers: [{node: one}]}"
reload
wait_until 8 "the new router's VIP" holds one $other
manifest 120 $second
reload
wait_until 8 "its release" lacks one $other
holds one $second

echo "drift is put back, and the log says what"
on one sysctl -qw net.ipv4.conf.eth0.accept_redirects=1
wait_until 8 "the sysctl to be put back" redirects_are 0
wait_until 8 "its line in the log" grep -q "sysctl net.ipv4.conf.eth0.accept_redirects: 1 -> 0" "$log"
stop_node one
