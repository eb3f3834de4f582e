# `ballast run` reads its manifest again at SIGHUP: VIPs come and go without a change of role, a router that is new
# starts, one that is gone releases, a manifest that is not valid changes nothing; and what others change is put back.
# needs: none
# timeout: 120
host one eth0 10.0.0.1/24
first=10.0.0.100/24
second=10.0.0.101/24
other=10.0.0.102/24
log=$LAB_RUN/hosts/one/log/run.log

# manifest PRIORITY ADDRESSES [DOCUMENT]
manifest() {
  cat >"$LAB_RUN/cluster.yaml" <<YAML
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
