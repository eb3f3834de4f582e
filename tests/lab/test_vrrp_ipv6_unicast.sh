# Beside a real keepalived: an IPv6 group by multicast, and an IPv4 group by unicast; each takes over from the other.
# needs: none
# timeout: 150
host one eth0 10.0.0.1/24 2001:db8::1/64
host two eth0 10.0.0.2/24 2001:db8::2/64
six=2001:db8::100 four=10.0.0.100
# An address that is still being probed for duplicates cannot send.
settled() { ! on "$1" ip -o addr show tentative | grep -q .; }
wait_until 5 "addresses of one" settled one
wait_until 5 "addresses of two" settled two

cat >"$LAB_RUN/cluster.yaml" <<YAML
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: six}
spec:
  virtualRouterId: 61
  interface: eth0
  advertisementInterval: 300ms
  addresses: ["$six/64"]
  routers: [{node: one, priority: 150}]
---
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: four}
spec:
  virtualRouterId: 52
  interface: eth0
  advertisementInterval: 300ms
  unicast: true
  addresses: [$four/24]
  routers: [{node: one, priority: 150, source: 10.0.0.1}, {node: two, priority: 100, source: 10.0.0.2}]
YAML
run_keepalived two <<CONF
global_defs { vrrp_version 3 }
vrrp_instance six {
  state BACKUP
  interface eth0
  virtual_router_id 61
  priority 100
  advert_int 0.3
  virtual_ipaddress { $six/64 dev eth0 }
}
vrrp_instance four {
  state BACKUP
  interface eth0
  virtual_router_id 52
  priority 100
  advert_int 0.3
  unicast_src_ip 10.0.0.2
  unicast_peer { 10.0.0.1 }
  virtual_ipaddress { $four/24 dev eth0 }
}
CONF
await_holder 6 $six two one
await_holder 6 $four two one

dump_start one eth0 'ip proto 112 or ip6 proto 112'
run_ballast one "$LAB_RUN/cluster.yaml"
await_holder 5 $six one two
await_holder 5 $four one two
usable() { on one ip -6 -o addr show to $six tentative | grep -q . && return 1 || return 0; }
assert_eq "the IPv6 VIP is usable at once" 0 "$(usable; echo $?)"
stop_node one
await_holder 3 $six two one
await_holder 3 $four two one
packets=$(dump_stop one)
assert_contains "packets" "$packets" "10.0.0.1 > 10.0.0.2" "> ff02::12"
assert_lacks "packets" "$packets" "10.0.0.1 > 224.0.0.18"
