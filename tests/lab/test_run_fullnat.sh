# `ballast run` keeps the packet filter's table, with IPv6 and UDP: changed by hand it is put back, while a download goes on, and
# flushed as well; what a manifest takes away while nobody looks goes at the next start; and a node without nft says so and stands for no
# election.
# needs: ipvs nftables
# timeout: 600
cluster_fullnat
on router sysctl -qw net.ipv6.conf.all.forwarding=1
for each in "director outer 2001:db8:1::2" "client eth0 2001:db8:1::200" "director inner 2001:db8:2::1" \
  "router site 2001:db8:2::254" "router racks 2001:db8:9::1" "web-11 eth0 2001:db8:9::11"; do
  read -r name device address <<<"$each"
  on "$name" ip addr add "$address/64" dev "$device" nodad
done
route director 2001:db8:9::/64 2001:db8:2::254
route web-11 ::/0 2001:db8:9::1

cat >"$LAB_RUN/whole.yaml" <<'YAML'
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: public}
spec:
  virtualRouterId: 51
  interface: outer
  addresses: [192.0.2.100/24]
  routers: [{node: director}]
---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: web}
spec: {address: 192.0.2.100, port: 80, forwarding: NAT, sourceNat: true, synProxy: {}, pool: web}
---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: echo}
spec: {address: 192.0.2.100, port: 7, protocol: UDP, forwarding: NAT, sourceNat: true, pool: web}
---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: web6}
spec:
  {address: "2001:db8:1::100", port: 80, forwarding: NAT, sourceNat: true, synProxy: {mss: 1440}, pool: web6, nodes: [director]}
---
apiVersion: ballast/v1
kind: Address
metadata: {name: public6}
spec: {nodes: [director], interface: outer, address: "2001:db8:1::100/64"}
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: web}
spec: {members: [{address: 10.9.0.11, port: 8080}]}
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: web6}
spec: {members: [{address: "2001:db8:9::11", port: 8080}]}
---
apiVersion: ballast/v1
kind: Director
metadata: {name: director}
spec: {nodes: [director], sysctls: {net.ipv4.ip_forward: 1, net.ipv6.conf.all.forwarding: 1}}
YAML
cp "$LAB_RUN/whole.yaml" "$LAB_RUN/cluster.yaml"
cat >"$LAB_RUN/echo.py" <<'PY'
import socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("0.0.0.0", 8080))
while True:
    _, client = server.recvfrom(100)
    server.sendto(client[0].encode(), client)
PY
on web-11 python3 "$LAB_RUN/echo.py" &
echo_of() { on client "$LAB_SOURCE/tests/lab/echo_once.py" "$@"; }

run_ballast director "$LAB_RUN/cluster.yaml" --resync 1 --max-removals 0
ready() { ballast_on director status >/dev/null; }
wait_until 150 "the director" ready
table=$(on director nft list table inet ballast)
answers() {
  assert_eq "$1: TCP" web-11 "$(fetch client http://192.0.2.100/ --max-time 60)"
  assert_eq "$1: IPv6" web-11 "$(fetch client 'http://[2001:db8:1::100]/' --max-time 60)"
  assert_eq "$1: UDP, whom the server sees" 10.0.0.1 "$(echo_of 192.0.2.100 7)"
}
answers "at first"

mkdir -p "$LAB_RUN/hosts/web-11/www/slow"
head -c 4000000 /dev/zero >"$LAB_RUN/hosts/web-11/www/slow/file"
on client curl -sS --max-time 240 -o "$LAB_RUN/download" http://192.0.2.100/slow/file &
download=$!
wait_until 90 "the download to begin" test -s "$LAB_RUN/download"
as_wanted() { [[ $(on director nft list table inet ballast) == "$table" ]]; }
# repaired NFT-COMMAND...: somebody gives it, and the table is put back.
repaired() {
  on director nft "$@"
  wait_until 150 "the table after nft $*" as_wanted
}
repaired add rule inet ballast source-nat counter
repaired delete element inet ballast syn-proxy-1460-7-ip '{ 192.0.2.100 . 80 }'
wait "$download"
assert_eq "bytes of the download" 4000000 "$(stat -c %s "$LAB_RUN/download")"
# Connections under way do not outlive these: for a while nothing is translated.
repaired flush table inet ballast
repaired flush ruleset
answers "afterwards"
assert_contains "the log" "$(<"$LAB_RUN/hosts/director/log/run.log")" "packet rules tcp 192.0.2.100:80"
explained=$(ballast_on director explain web)
assert_contains "explain" "$explained" "packet rules: sourceNat true, synProxy mss 1460 windowScale 7"

# Taken away while no controller runs, and while one does.
stop_node director
sed 's/ synProxy: {mss: 1440},//; s/ synProxy: {},//' "$LAB_RUN/whole.yaml" >"$LAB_RUN/cluster.yaml"
run_ballast director "$LAB_RUN/cluster.yaml" --resync 1 --max-removals 0
without_proxy() { local now; now=$(on director nft list table inet ballast) && [[ $now == *masquerade* && $now != *synproxy* ]]; }
wait_until 150 "the SYN proxy to go" without_proxy
sed 's/ synProxy: {mss: 1440},//; s/ synProxy: {},//; s/ sourceNat: true,//' "$LAB_RUN/whole.yaml" >"$LAB_RUN/next.yaml"
mv "$LAB_RUN/next.yaml" "$LAB_RUN/cluster.yaml"
gone() { [[ -z $(on director nft list ruleset) && $(kernel_parameter director net.ipv4.vs.conntrack) == 0 ]]; }
wait_until 150 "the table to go" gone

# A node that cannot set its packet filter says why, and leaves the VIP to others.
stop_node director
on director mount --bind /dev/null "$(command -v nft)"
cp "$LAB_RUN/whole.yaml" "$LAB_RUN/cluster.yaml"
run_ballast director "$LAB_RUN/cluster.yaml" --resync 1 --max-removals 0
says_why() { on director grep -q 'add packet rules tcp 192.0.2.100:80: .*nft' "$LAB_RUN/hosts/director/log/run.log"; }
wait_until 150 "the log to say why" says_why
assert_eq "the VIP" "" "$(holders 192.0.2.100/24 director)"
on director umount "$(command -v nft)"
await_holder 150 192.0.2.100/24 director
assert_eq "the table" "$table" "$(on director nft list table inet ballast)"
