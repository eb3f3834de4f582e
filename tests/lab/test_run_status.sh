# What the controller says at 3 a.m.: services with their members, connections and rates as ipvsadm counts them, what
# others changed and was put back, what is wanted but cannot be made and why, what others made; the last changes with
# their causes; an explanation of each kind of object; the kernel's connections as ipvsadm lists them; and a screen that
# goes on when the controller has gone.
# timeout: 300
host director eth0 10.0.0.2/24
host client eth0 10.0.0.99/24
for number in 11 12; do
  host "web-$number" eth0 "10.0.0.$number/24"
  on "web-$number" sysctl -qw net.ipv4.conf.{all,lo}.arp_ignore=1 net.ipv4.conf.{all,lo}.arp_announce=2
  on "web-$number" ip addr add 10.0.0.100/32 dev lo
  nginx_on "web-$number"
done

cat >"$LAB_RUN/cluster.yaml" <<'YAML'
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: front}
spec:
  virtualRouterId: 51
  interface: eth0
  advertisementInterval: 100ms
  addresses: [10.0.0.100/24]
  routers: [{node: director, priority: 120}, {node: absent}]
---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: web-http}
spec: {address: 10.0.0.100, port: 80, scheduler: wrr, forwarding: DR, pool: web}
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: web}
spec:
  members: [{address: 10.0.0.11, weight: 3}, {address: 10.0.0.12}]
  checks: [{http: {path: /, timeout: 2s}, interval: 500ms, retries: 0}]
---
apiVersion: ballast/v1
kind: Address
metadata: {name: nowhere}
spec: {nodes: [director], interface: eth9, address: 10.0.9.1/24}
---
apiVersion: ballast/v1
kind: Sysctl
metadata: {name: tuning}
spec: {nodes: [director], values: {net.ipv4.ip_forward: 1}}
YAML
on director modprobe ip_vs
on director ipvsadm -A -u 10.0.0.77:53 -s rr
expect_status 2 ballast_on director status
assert_contains "status without a controller" "$stderr" "no controller runs here" "ballast run"
expect_status 2 ballast_on director explain web-http
assert_contains "explain without a controller" "$stderr" "no controller runs here"

run_ballast director "$LAB_RUN/cluster.yaml" --resync 1
await_weights 60 director "10.0.0.11:80 3" "10.0.0.12:80 1"
await_holder 60 10.0.0.100/24 director
status_json() { ballast_on director status -o json || true; }
says() { status_json | jq -e "$1"; }

echo "wanted but not there, with the reason and the line; foreign; the router"
wait_until 60 "the missing interface" says '.missing.objects[] | select(.object == "10.0.9.1/24 on eth9")'
wait_until 60 "MASTER" says '.routers[0].role == "MASTER" and .eligible'
expect_status 1 ballast_on director status
assert_contains "status" "$stdout" "NOT READY, the kernel is not as wanted" "! add address 10.0.9.1/24 on eth9" \
  "cluster.yaml:26)" "front   MASTER  120" "made by others and left alone: 2 objects" "service udp 10.0.0.77:53" \
  "web-http  tcp 10.0.0.100:80  2 of 2 serve"

echo "drift is counted, and told with its cause"
on director ipvsadm -e -t 10.0.0.100:80 -r 10.0.0.11:80 -g -w 7
await_weights 60 director "10.0.0.11:80 3" "10.0.0.12:80 1"
on director ip addr del 10.0.0.100/24 dev eth0
await_holder 60 10.0.0.100/24 director
wait_until 60 "the drift of a weight" says '.drift.objects[] | select(.object == "10.0.0.11:80 of tcp 10.0.0.100:80"
  and .what == "weight: 7 -> 3" and .times == 1)'
wait_until 60 "the drift of a VIP" says '.drift.repaired.address == 1'

echo "a member fails: its reason stands beside it, its event before the change that follows from it"
kill -TERM "$(<"$LAB_RUN/hosts/web-12/nginx.pid")"
await_weights 60 director "10.0.0.11:80 3"
expect_status 0 ballast_on director status web-http
assert_contains "status of one service" "$stdout" "1 of 2 serve" "! 10.0.0.12:80" "connection refused"
expect_status 2 ballast_on director status web-htpp
assert_contains "a mistyped service" "$stderr" "did you mean 'web-http'?"
order=$(ballast_on director events -o json | jq -r '.events[] | "\(.cause) \(.change) \(.kind) \(.object)"')
expected="role  router front
drift update destination 10.0.0.11:80 of tcp 10.0.0.100:80
drift  address 10.0.0.100/24 on eth0
health  member 10.0.0.12:80 of web-http
health remove destination 10.0.0.12:80 of tcp 10.0.0.100:80"
assert_eq "events, in their order" "$expected" "$(grep -xF "$expected" <<<"$order" | awk '!seen[$0]++')"
assert_contains "events" "$(ballast_on director events)" "start     + service tcp 10.0.0.100:80: wrr (manifest " \
  "drift     ~ destination 10.0.0.11:80 of tcp 10.0.0.100:80: weight: 7 -> 3 (somebody else had changed it; " \
  "failure     node: add address 10.0.9.1/24 on eth9"

echo "the plan of the last look is what diff says"
plan() { on director curl -s --unix-socket /run/ballast/ballast.sock http://ballast/v1/plan; }
diffed() { ballast_on director diff -f "$LAB_RUN/cluster.yaml" -o json || true; }
wait_until 30 "a plan" eval 'plan | jq -e ".changes | length == 1"'
assert_eq "the plan" "$(diffed | jq -S '[.changes[] | select(.object | contains("eth9"))], .foreign')" \
  "$(plan | jq -S '.changes, .foreign')"

echo "explain: each kind of object"
explains() {
  expect_status 0 ballast_on director explain "$1"
  assert_contains "explain $1" "$stdout" "${@:2}"
}
explains web-http "VirtualService/web-http at" "1 of 2 members serve: 10.0.0.12:80 failed" \
  "there: wrr; destinations: 10.0.0.11:80 weight 3"
explains 10.0.0.100:80 "service tcp 10.0.0.100:80 (web-http)"
explains 10.0.0.12 "failed: http: " "cluster.yaml:21" "not there"
explains 10.0.0.11:80 "weight 3, DR"
explains front "VRID 51" "1 of 1 VIPs are here"
explains 10.0.0.100 "VIP 10.0.0.100/24 on eth0 of router front" "there: 10.0.0.100/24 on eth0"
explains nowhere "wanted by  Address/nowhere at" "eth9" "not there"
explains net.ipv4.ip_forward "Sysctl/tuning" "value 1"
explains "udp 10.0.0.77:53" "foreign: somebody else made it"
expect_status 2 ballast_on director explain 10.0.0.1111
assert_contains "a mistyped object" "$stderr" "did you mean '10.0.0.11'?"
ballast_on director member drain 10.0.0.11 >/dev/null
explains 10.0.0.11:80 "drained by an operator; \`ballast member manifest 10.0.0.11\` ends that"
ballast_on director member manifest 10.0.0.11 >/dev/null
await_weights 60 director "10.0.0.11:80 3"

echo "connections, beside ipvsadm"
fetch_times client http://10.0.0.100/ 5 >/dev/null
ours() { ballast_on director connections "$@" -o json | jq -r '.connections[] | "\(.protocol) \(.client.address):\(.client.port) \(.virtual.address):\(.virtual.port) \(.server.address):\(.server.port)"' | sort; }
theirs() { on director ipvsadm -Lnc | awk '$1 ~ /^(TCP|UDP)$/ { print $1, $4, $5, $6 }' | sort; }
same_connections() { [[ $(ours) == "$(theirs)" && $(theirs) == *10.0.0.99* ]]; }
wait_until 30 "the same connections" same_connections
assert_eq "of the service by its name" "$(theirs)" "$(ours web-http)"
assert_eq "of another server" "" "$(ours --server 10.0.0.12)"
assert_contains "text" "$(ballast_on director connections --client 10.0.0.0/24)" "connections" "CLIENT" \
  "tcp 10.0.0.100:80" "10.0.0.11:80"
expect_status 2 ballast_on client connections --client nobody
assert_contains "a wrong address" "$stderr" "'nobody' is no address"

echo "what stands in the status is what ipvsadm counts"
counted() {
  local wanted
  wanted=$(on director ipvsadm -Ln | awk '$2 == "10.0.0.11:80" { print $5, $6 }')
  says ".services[0].members[0] | \"\\(.activeConnections) \\(.inactiveConnections)\" == \"$wanted\""
}
wait_until 60 "the same counts" counted

echo "rates from two readings, of what the client just did"
rated() {
  fetch_times client http://10.0.0.100/ 5 >/dev/null
  says '.services[0].rates.connectionsPerSecond > 0 and .services[0].members[0].rates.bytesInPerSecond > 0'
}
wait_until 60 "rates" rated
expect_status 1 ballast_on director status
assert_contains "status" "$stdout" "CONNS  NEW/S  PKT/S IN/OUT  B/S IN/OUT"

echo "a screen goes on when the controller has gone, and gives the terminal back"
expect_status 2 ballast_on director status --watch 1
assert_contains "no terminal" "$stderr" "--watch needs a terminal"
screen_has() { grep -aqF "$1" "$LAB_RUN/tmp/screen"; }
mkfifo "$LAB_RUN/tmp/keys"
exec {keys}<>"$LAB_RUN/tmp/keys"
on director script -qefc "stty rows 30 cols 96; exec $BALLAST status --watch 0.5" "$LAB_RUN/tmp/screen" \
  <"$LAB_RUN/tmp/keys" >/dev/null &
watching=$!
wait_until 60 "the screen" screen_has "web-http"
wait_until 60 "the headline" screen_has "node director: "
screen_has $'\e[?1049h'
stop_node director
wait_until 60 "the loss of the controller" screen_has "no controller runs here"
echo -n q >&"$keys"
wait "$watching"
screen_has $'\e[?1049l'
