# `ballast suspend`: nothing is applied, neither a new manifest nor drift, also after a restart; status shows what would
# be; the VIP is held by VRRP all the while; `ballast resume` applies it all.
# needs: none
# timeout: 120
host one eth0 10.0.0.1/24
vip=10.0.0.100/24
log=$LAB_RUN/hosts/one/log/run.log

# manifest REDIRECTS ADDRESSES
manifest() {
  cat >"$LAB_RUN/next.yaml" <<YAML
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: web}
spec:
  virtualRouterId: 51
  interface: eth0
  advertisementInterval: 100ms
  addresses: [$2]
  routers: [{node: one}]
---
apiVersion: ballast/v1
kind: Address
metadata: {name: static}
spec: {nodes: [one], interface: eth0, address: 10.0.0.101/24}
---
apiVersion: ballast/v1
kind: Sysctl
metadata: {name: tuning}
spec: {nodes: [one], values: {net.ipv4.conf.eth0.accept_redirects: $1}}
YAML
  mv "$LAB_RUN/next.yaml" "$LAB_RUN/cluster.yaml"
}
redirects_are() { [[ $(on one cat /proc/sys/net/ipv4/conf/eth0/accept_redirects) == "$1" ]]; }
# status_is JQ-EXPRESSION
status_is() { { ballast_on one status -o json || true; } | jq -e "$1" >/dev/null; }
ready() { ballast_on one status >/dev/null; }

manifest 0 $vip
run_ballast one "$LAB_RUN/cluster.yaml" --resync 0.2
await_holder 20 $vip one
wait_until 20 "the node to be ready" ready

echo "suspended: drift and a new manifest wait"
ballast_on one suspend "the switch is replaced" >/dev/null
on one sysctl -qw net.ipv4.conf.eth0.accept_redirects=1
on one ip addr del 10.0.0.101/24 dev eth0
wait_until 20 "the drift to be shown" status_is '.suspended.changes == 2'
manifest 0 "$vip, 10.0.0.102/24"
wait_until 20 "the new manifest" grep -q "is in force" "$log"
expect_status 1 ballast_on one status
assert_contains "status" "$stdout" "NOT READY" "applying is suspended" "the switch is replaced" \
  "2 changes are not applied until \`ballast resume\`" "~ sysctl net.ipv4.conf.eth0.accept_redirects: 1 -> 0" \
  "+ address 10.0.0.101/24 on eth0"
redirects_are 1
lacks one 10.0.0.101/24
lacks one 10.0.0.102/24
holds one $vip

echo "also after a restart, and the VIP is held by VRRP"
stop_node one
lacks one $vip
run_ballast one "$LAB_RUN/cluster.yaml" --resync 0.2
await_holder 20 $vip one
wait_until 20 "the plan" status_is '.suspended.changes == 2 and .suspended.reason == "the switch is replaced"'
redirects_are 1
lacks one 10.0.0.101/24

echo "resumed: all of it is applied"
ballast_on one resume >/dev/null
wait_until 20 "the sysctl" redirects_are 0
wait_until 20 "the static address" holds one 10.0.0.101/24
wait_until 20 "the new VIP" holds one 10.0.0.102/24
wait_until 20 "the node to be ready" ready
status_is '.suspended == null'
stop_node one
