# Checks `via: vip` go the way of a client's packet: a real server that answers on its own address, but has lost the VIP
# on its loopback, leaves the pool; on the MASTER, which holds the VIP itself, and on the BACKUP; of IPv4 and IPv6.
# timeout: 180
host one eth0 10.0.0.1/24 2001:db8::1/64
host two eth0 10.0.0.2/24 2001:db8::2/64
vip=10.0.0.100/24
for number in 11 12; do
  host "web-$number" eth0 "10.0.0.$number/24" "2001:db8::$number/64"
  on "web-$number" sysctl -qw net.ipv4.conf.{all,lo}.arp_ignore=1 net.ipv4.conf.{all,lo}.arp_announce=2
  on "web-$number" ip addr add 10.0.0.100/32 dev lo
  on "web-$number" ip addr add 2001:db8::100/128 dev lo
  nginx_on "web-$number"
done

cat >"$LAB_RUN/cluster.yaml" <<'YAML'
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: web}
spec:
  virtualRouterId: 51
  interface: eth0
  addresses: [10.0.0.100/24]
  routers: [{node: one, priority: 150}, {node: two, priority: 100}]
---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: web}
spec: {address: 10.0.0.100, port: 80, scheduler: rr, forwarding: DR, pool: web}
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: web}
spec:
  members: [{address: 10.0.0.11}, {address: 10.0.0.12}]
  checks: [{http: {path: /, timeout: 1s}, via: vip, interval: 300ms, retries: 0}]
---
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: web-ipv6}
spec:
  virtualRouterId: 52
  interface: eth0
  addresses: ["2001:db8::100/64"]
  routers: [{node: one, priority: 150}, {node: two, priority: 100}]
---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: web-ipv6}
spec: {address: "2001:db8::100", port: 80, scheduler: rr, forwarding: DR, pool: web-ipv6}
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: web-ipv6}
spec:
  members: [{address: "2001:db8::11"}, {address: "2001:db8::12"}]
  checks:
    - {tcp: {timeout: 1s}, via: vip, interval: 400ms, retries: 0}
    - {tcp: {timeout: 1s}, interval: 400ms, retries: 0}
YAML
all=("10.0.0.11:80 1" "10.0.0.12:80 1" "[2001:db8::11]:80 1" "[2001:db8::12]:80 1")

run_ballast one "$LAB_RUN/cluster.yaml"
run_ballast two "$LAB_RUN/cluster.yaml"
await_holder 30 $vip one two
await_holder 30 2001:db8::100/64 one two
for node in one two; do await_weights 30 "$node" "${all[@]}"; done

echo "a real server loses the VIP on its loopback: both directors see it"
on web-12 ip addr del 10.0.0.100/32 dev lo
on web-12 ip addr del 2001:db8::100/128 dev lo
for node in one two; do await_weights 30 "$node" "10.0.0.11:80 1" "[2001:db8::11]:80 1"; done
assert_eq "it answers on its own address" web-12 "$(fetch one http://10.0.0.12/)"
assert_eq "and that of IPv6" web-12 "$(fetch one 'http://[2001:db8::12]/')"

echo "it has the VIP again"
on web-12 ip addr add 10.0.0.100/32 dev lo
on web-12 ip addr add 2001:db8::100/128 dev lo
for node in one two; do await_weights 30 "$node" "${all[@]}"; done

echo "a member is added: nobody gives up the role before its checks have said something"
sed -i 's/{address: 10.0.0.12}\]/{address: 10.0.0.12}, {address: 10.0.0.13}]/; s/interval: 300ms/interval: 2s/' "$LAB_RUN/cluster.yaml"
failed_member() { ballast_on one status | grep -q '10.0.0.13:80.*failed'; }
wait_until 30 "a verdict on the new member" failed_member
for node in one two; do assert_lacks "log of $node" "$(<"$LAB_RUN/hosts/$node/log/run.log")" "-> FAULT"; done
await_holder 1 $vip one two

echo "when both stop, the kernel keeps what serves; without the manifest nothing of the checks is left"
stop_node one
stop_node two
printf 'apiVersion: ballast/v1\nkind: Sysctl\nmetadata: {name: x}\nspec: {nodes: [other], values: {net.ipv4.ip_forward: 1}}\n' >"$LAB_RUN/empty.yaml"
ballast_on two apply -f "$LAB_RUN/empty.yaml" --absent >/dev/null
assert_eq "services of two" "" "$(ipvs two)"
assert_eq "accept_local" 0 "$(kernel_parameter two net.ipv4.conf.all.accept_local)"
