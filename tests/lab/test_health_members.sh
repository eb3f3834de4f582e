# A member whose checks fail leaves the pool and comes back when they pass; clients see no failed request once it is
# out; the sorry server serves when none is left; what is known survives a restart, and the kernel keeps what it has.
# timeout: 180
host director eth0 10.0.0.2/24
host client eth0 10.0.0.99/24
for number in 11 12 13; do
  host "web-$number" eth0 "10.0.0.$number/24"
  on "web-$number" sysctl -qw net.ipv4.conf.{all,lo}.arp_ignore=1 net.ipv4.conf.{all,lo}.arp_announce=2
  on "web-$number" ip addr add 10.0.0.100/32 dev lo
  nginx_on "web-$number"
done
# 13 is the sorry server.

cat >"$LAB_RUN/cluster.yaml" <<'YAML'
apiVersion: ballast/v1
kind: Address
metadata: {name: vip}
spec: {nodes: [director], interface: eth0, address: 10.0.0.100/24}
---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: web}
spec:
  {address: 10.0.0.100, port: 80, scheduler: rr, forwarding: DR, pool: web, sorryServer: {address: 10.0.0.13}}
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: web}
spec:
  members: [{address: 10.0.0.11}, {address: 10.0.0.12}]
  checks: [{http: {path: /, timeout: 1s}, interval: 200ms, retries: 0}]
---
# Else a client that uses a port again within two minutes is sent to the member that left, as this one does now and then.
apiVersion: ballast/v1
kind: Director
metadata: {name: directors}
spec: {nodes: [director], sysctls: {net.ipv4.vs.expire_nodest_conn: 1}}
YAML
stop_nginx() { kill -TERM "$(<"$LAB_RUN/hosts/$1/nginx.pid")"; }

run_ballast director "$LAB_RUN/cluster.yaml"
await_weights 15 director "10.0.0.11:80 1" "10.0.0.12:80 1"
assert_eq "answers" "$(printf '%s\n' "2 web-11" "2 web-12")" "$(fetch_times client http://10.0.0.100/ 4 | tally)"

echo "a real server stops: it leaves, and no request after that fails"
now_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }
requests=$LAB_RUN/hosts/client/requests
lab_become client /usr/bin/python3 "$LAB_SOURCE/tests/lab/steady_requests.py" 10.0.0.100 "$requests" &
client=$!
has_requests() { (($(awk -v since="$1" '$1 >= since' "$requests" | wc -l) >= 30)); }
wait_until 60 "the client" has_requests 0
stopped=$(now_ms)
stop_nginx web-12
await_weights 15 director "10.0.0.11:80 1"
left=$(now_ms)
wait_until 60 "requests after that" has_requests "$left"
kill "$client"
assert_eq "failures after it left" "" "$(awk -v left="$left" '$1 >= left && $2 != "ok"' "$requests")"
# One that was under way when it stopped may have begun five seconds before; else interval and timeout, and some slack.
failed=$(awk '$2 != "ok" { print $1 }' "$requests")
echo "it left after $((left - stopped)) ms; requests failed: $(wc -w <<<"$failed")"
for each in $failed; do
  ((each >= stopped - 5000 && each <= stopped + 200 + 1000 + 10000)) ||
    fail "a request failed that began $((each - stopped)) ms after the server stopped"
done
assert_eq "answers" "20 web-11" "$(fetch_times client http://10.0.0.100/ 20 | tally)"
stdout=$(ballast_on director status) || true
assert_contains "status" "$stdout" "1 of 2 serve" "! 10.0.0.12:80" "failed" "connection refused"

echo "a restart: what failed stays out, what serves stays in"
before=$(on director ipvsadm -Ln --stats | grep -c 10.0.0.11)
stop_node director
assert_eq "destinations that stay while nobody runs" "10.0.0.11:80 1" "$(weights_of director)"
run_ballast director "$LAB_RUN/cluster.yaml"
ready() { ballast_on director status | grep -q "1 of 2 serve"; }
wait_until 15 "the controller" ready
assert_eq "destinations" "10.0.0.11:80 1" "$(weights_of director)"
assert_eq "counters of what stayed" "$before" "$(on director ipvsadm -Ln --stats | grep -c 10.0.0.11)"

echo "the last one stops: the sorry server serves"
stop_nginx web-11
await_weights 15 director "10.0.0.13:80 1"
assert_eq "answers" "3 web-13" "$(fetch_times client http://10.0.0.100/ 3 | tally)"
expect_status 1 ballast_on director status
assert_contains "status" "$stdout" "NOT READY, 1 of 1 service not ready" "the sorry server serves"

echo "they return"
nginx_on web-11
nginx_on web-12
await_weights 15 director "10.0.0.11:80 1" "10.0.0.12:80 1"

echo "a destination deleted by hand is put back"
on director ipvsadm -d -t 10.0.0.100:80 -r 10.0.0.12:80
await_weights 20 director "10.0.0.11:80 1" "10.0.0.12:80 1"
stop_node director
