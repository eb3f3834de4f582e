# Checks `via: vip` through a tunnel: real servers behind a router, which get the probe inside a packet as they get a
# client's. One that has lost the VIP, or its tunnel's device, leaves the pool on the MASTER and on the BACKUP.
# timeout: 240
network front
network back
host router
plug router front front 192.0.2.1/24
plug router back back 198.51.100.1/24
on router sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.{all,front,back}.rp_filter=0
for number in 2 3; do
  host "lvs-$number"
  plug "lvs-$number" front eth0 "192.0.2.$number/24"
  route "lvs-$number" default 192.0.2.1
done
for number in 11 12; do
  host "web-$number"
  plug "web-$number" back eth0 "198.51.100.$number/24"
  route "web-$number" default 198.51.100.1
  nginx_on "web-$number"
done

cat >"$LAB_RUN/cluster.yaml" <<'YAML'
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: web}
spec:
  virtualRouterId: 51
  interface: eth0
  addresses: [192.0.2.100/24]
  routers: [{node: lvs-2, priority: 150}, {node: lvs-3, priority: 100}]
---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: web}
spec: {address: 192.0.2.100, port: 80, scheduler: rr, forwarding: TUN, tunnel: {type: ipip}, pool: web}
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: web}
spec:
  members: [{address: 198.51.100.11}, {address: 198.51.100.12}]
  checks: [{http: {path: /, timeout: 1s}, via: vip, interval: 300ms, retries: 0}]
---
apiVersion: ballast/v1
kind: RealServer
metadata: {name: web}
spec: {nodes: [web-11, web-12], pools: [web]}
YAML

for node in web-11 web-12; do apply_manifest "$node" "$LAB_RUN/cluster.yaml"; done
for node in lvs-2 lvs-3; do run_ballast "$node" "$LAB_RUN/cluster.yaml"; done
await_holder 30 192.0.2.100/24 lvs-2 lvs-3
both_have() { for node in lvs-2 lvs-3; do await_weights 30 "$node" "$@"; done; }
both_have "198.51.100.11:80 1" "198.51.100.12:80 1"

echo "a real server loses the VIP"
on web-12 ip addr del 192.0.2.100/32 dev lo
both_have "198.51.100.11:80 1"
assert_eq "it answers on its own address" web-12 "$(fetch router http://198.51.100.12/)"
on web-12 ip addr add 192.0.2.100/32 dev lo scope host
both_have "198.51.100.11:80 1" "198.51.100.12:80 1"

echo "a real server's tunnel goes down"
on web-11 ip link set tunl0 down
both_have "198.51.100.12:80 1"
on web-11 ip link set tunl0 up
both_have "198.51.100.11:80 1" "198.51.100.12:80 1"
