# A download through a DR service goes on across a planned failover and across a kill -9 of the MASTER's controller, as the
# directors tell each other of their connections. It goes on only as far as it is read from a pipe, and is too large for
# the sockets' buffers: so it cannot end early. A director that knows nothing of a connection resets it.
# timeout: 300
host one eth0 10.0.0.1/24
host two eth0 10.0.0.2/24
host client eth0 10.0.0.99/24
host web-11 eth0 10.0.0.11/24
vip=10.0.0.100/24
nginx_on web-11
head -c 8000000 /dev/urandom >"$LAB_RUN/hosts/web-11/www/file"

cat >"$LAB_RUN/cluster.yaml" <<'YAML'
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: web}
spec:
  virtualRouterId: 51
  interface: eth0
  preempt: false
  addresses: [10.0.0.100/24]
  routers: [{node: one, priority: 150}, {node: two, priority: 100}]
---
apiVersion: ballast/v1
kind: Director
metadata: {name: directors}
spec:
  nodes: [one, two]
  syncDaemon: {router: web, interface: eth0, syncId: 51}
---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: web}
spec: {address: 10.0.0.100, port: 80, scheduler: rr, forwarding: DR, pool: web}
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: web}
spec: {members: [{address: 10.0.0.11}]}
---
apiVersion: ballast/v1
kind: RealServer
metadata: {name: web}
spec: {nodes: [web-11], pools: [web]}
YAML

# daemons HOST ROLE: this one runs, and no other.
daemons() {
  [[ $(on "$1" ipvsadm -l --daemon) == "$2 sync daemon (mcast=eth0, syncid=51, maxlen=1472, group=224.0.0.81, port=8848, ttl=1)" ]]
}
knows_connection() { on "$1" ipvsadm -Lnc | grep -q "ESTABLISHED 10.0.0.99:.*10.0.0.100:80 *10.0.0.11:80"; }
receive() { timeout 60 head -c "$1" <&"$pipe" >>"$LAB_RUN/received"; }
goes_on() {
  kill -0 "$download" || fail "the download has ended $1"
  local before
  before=$(stat -c %s "$LAB_RUN/received")
  receive 1000000 || fail "the download does not go on $1"
  (($(stat -c %s "$LAB_RUN/received") == before + 1000000)) || fail "the download is cut off $1"
}

ballast_on web-11 apply -f "$LAB_RUN/cluster.yaml" >/dev/null
run_ballast one "$LAB_RUN/cluster.yaml"
await_holder 60 $vip one two
run_ballast two "$LAB_RUN/cluster.yaml"
wait_until 60 "one to send connections" daemons one master
wait_until 60 "two to take them in" daemons two backup

on client sysctl -qw net.ipv4.tcp_rmem="4096 65536 131072"
on web-11 sysctl -qw net.ipv4.tcp_wmem="4096 65536 131072"
mkfifo "$LAB_RUN/pipe"
lab_become client curl --silent --show-error --max-time 280 http://10.0.0.100/file \
  >"$LAB_RUN/pipe" 2>"$LAB_RUN/hosts/client/log/curl.log" &
download=$!
exec {pipe}<"$LAB_RUN/pipe"
receive 1000000
lab_poll=0.5 wait_until 60 "the standby to know of the connection" knows_connection two

echo "a planned failover"
ballast_on one failover web >/dev/null
await_holder 60 $vip two one
goes_on "after the failover"
wait_until 60 "two to send connections" daemons two master
wait_until 60 "one to take them in" daemons one backup
goes_on "after the daemons have changed over"

echo "kill -9 of the MASTER's controller"
stop_node two KILL
await_holder 60 $vip one two
goes_on "after the kill"
wait_until 60 "one to send connections" daemons one master

echo "its controller is back: a standby, that takes in what the other sends"
run_ballast two "$LAB_RUN/cluster.yaml"
wait_until 60 "two to take connections in" daemons two backup
receive 8000000
wait "$download" || fail "curl: exit status $?: $(<"$LAB_RUN/hosts/client/log/curl.log")"
assert_eq "SHA-256 of what came" "$(sha256sum <"$LAB_RUN/hosts/web-11/www/file")" "$(sha256sum <"$LAB_RUN/received")"

echo "what no manifest wants is stopped"
stop_node two
stop_node one
printf 'apiVersion: ballast/v1\nkind: Sysctl\nmetadata: {name: x}\nspec: {nodes: [other], values: {net.ipv4.ip_forward: 1}}\n' >"$LAB_RUN/empty.yaml"
ballast_on one apply -f "$LAB_RUN/empty.yaml" --absent >/dev/null
assert_eq "daemons of one" "" "$(on one ipvsadm -l --daemon)"
