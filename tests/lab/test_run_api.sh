# What others may see of `ballast run` over TCP and the unix socket: /healthz, /readyz, /metrics and the service manager's
# messages tell the truth; nobody changes anything over TCP; no peer, however rude, costs much or locks the operator out.
# needs: ipvs throwaway
# timeout: 300
mount --bind /dev/null "$(modprobe --show-depends ip_vs_mh | awk '/ip_vs_mh/ {print $2}')"
host director eth0 10.0.0.2/24
host client eth0 10.0.0.99/24
host web eth0 10.0.0.11/24
route web default 10.0.0.2
nginx_on web
secret=s3cr3t77
log=$LAB_RUN/hosts/director/log/run.log
notes=$LAB_RUN/hosts/director/log/notify
api=http://10.0.0.2:9100

# manifest SCHEDULER [INTERFACE]: of the static address.
manifest() {
  cat >"$LAB_RUN/new.yaml" <<YAML
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: web}
spec:
  version: 2
  authentication: {type: PASS, password: $secret}
  virtualRouterId: 51
  interface: eth0
  advertisementInterval: 1s
  addresses: [10.0.1.100/24]
  routers: [{node: director}]
---
apiVersion: ballast/v1
kind: Address
metadata: {name: static}
spec: {nodes: [director], interface: ${2-eth0}, address: 10.0.2.1/24}
---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: web}
spec: {address: 10.0.1.100, port: 80, scheduler: $1, forwarding: NAT, pool: web}
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: web}
spec: {members: [{address: 10.0.0.11, weight: 3}], checks: [{tcp: {timeout: 5s}, interval: 500ms}]}
---
apiVersion: ballast/v1
kind: Director
metadata: {name: directors}
spec: {nodes: [director], sysctls: {net.ipv4.ip_forward: 1}}
YAML
  mv "$LAB_RUN/new.yaml" "$LAB_RUN/cluster.yaml"
}
# answer PATH: the status, then the body.
answer() { on client curl --silent --noproxy '*' --max-time 30 --write-out '\n%{http_code}\n' "$api$1" | tac; }
answers() { [[ $(answer "$1") == "$2"* ]]; }
page() { fetch client $api/metrics --max-time 60 >"$LAB_RUN/page"; }
# metric NAME{LABELS}: its value on the page that was fetched last.
metric() { awk -v name="$1" 'index($0, name " ") == 1 {print substr($0, length(name) + 2)}' "$LAB_RUN/page"; }
# page_says NAME{LABELS} VALUE
page_says() { page && [[ $(metric "$1") == "$2" ]]; }
noted() { grep -q "$1" "$notes"; }
last_status_says() { grep -o 'STATUS=.*' "$notes" | tail -1 | grep -q "$1"; }
status_file() { awk -v name="$1:" '$1 == name {print $2}' "/proc/${lab_node_pid[director]}/status"; }
descriptors() { local all=(/proc/"${lab_node_pid[director]}"/fd/*); echo ${#all[@]}; }

echo "an address that is taken, or that is nobody's, ends the start with a reason"
manifest rr later0
on director python3 -c '
import socket, time
taken = socket.create_server(("10.0.0.2", 9200))
print("ready", flush=True)
time.sleep(1000)' >"$LAB_RUN/taken" &
wait_until 30 "the other program" grep -q ready "$LAB_RUN/taken"
expect_status 2 ballast_on director run -f "$LAB_RUN/cluster.yaml" --listen 10.0.0.2:9200
assert_contains "message" "$stderr" "cannot listen on 10.0.0.2:9200" "EADDRINUSE"
expect_status 2 ballast_on director run -f "$LAB_RUN/cluster.yaml" --listen 192.0.2.1:9100
assert_contains "message" "$stderr" "no interface of this machine has this address"
expect_status 2 ballast_on director run -f "$LAB_RUN/cluster.yaml" --listen nonsense
assert_contains "message" "$stderr" "expected ADDRESS:PORT"

echo "alive from the start, but not ready before all is there once"
on director python3 "$LAB_SOURCE/tests/lab/notify_sink.py" "$LAB_RUN/notify.sock" "$notes" &
wait_until 30 "the service manager" test -S "$LAB_RUN/notify.sock"
NOTIFY_SOCKET=$LAB_RUN/notify.sock WATCHDOG_USEC=2000000 \
  run_ballast director "$LAB_RUN/cluster.yaml" --resync 1 --listen 10.0.0.2:9100 --listen '[::1]:9100' --log-format json
wait_until 60 "READY=1 after the first look" noted '^READY=1|STATUS='
wait_until 60 "the obstacle in /readyz" eval 'answer /readyz | grep -q later0'
assert_contains "readiness" "$(answer /readyz)" 503 '"ready":false' "later0"
assert_contains "health" "$(answer /healthz)" 200 '"alive":true'
on director ip link add later0 type veth peer name later1
on director ip link set later0 up
wait_until 60 "readiness" answers /readyz 200
assert_contains "readiness over IPv6" "$(on director curl --silent --globoff 'http://[::1]:9100/readyz')" '"ready":true'

echo "ready on the last good manifest; not while IPVS cannot be programmed"
echo "kind: Nonsense" >>"$LAB_RUN/cluster.yaml"
wait_until 60 "the refusal" page_says ballast_manifest_refused 1
assert_contains "readiness" "$(answer /readyz)" 200
manifest mh later0
wait_until 60 "a reason against it" answers /readyz 503
assert_contains "readiness" "$(answer /readyz)" "ip_vs_mh"
manifest rr later0
wait_until 60 "readiness" answers /readyz 200
# The role waits longer: a router whose trouble came with it rests before it stands again.
wait_until 90 "the role" page_says 'ballast_router_role{router="web",role="MASTER"}' 1
wait_until 60 "the VIP" holds director 10.0.1.100

echo "SIGHUP is told as reloading, and ready again after it"
before=$(grep -c '^READY=1' "$notes")
kill -HUP "${lab_node_pid[director]}"
wait_until 60 "RELOADING=1" noted '^RELOADING=1|MONOTONIC_USEC=[0-9]'
again() { (($(grep -c '^READY=1' "$notes") > before)); }
wait_until 60 "READY=1" again
wait_until 60 "the role in STATUS" last_status_says '^STATUS=MASTER of web; manifest [0-9a-f]*$'

echo "metrics: promtool takes them; roles, members and the kernel's counters are true"
on client ip addr add 10.0.1.99/24 dev eth0
for _ in 1 2 3; do assert_eq "answer" web "$(fetch client http://10.0.1.100/)"; done
counted() {
  page && counters=$(on director ipvsadm -Ln --stats --exact | awk '/TCP/ {print $3, $4, $5, $6, $7}') &&
    of='{service="web",virtual_address="tcp 10.0.1.100:80"}' && ((${counters%% *} == 3)) &&
    [[ $counters == "$(for each in connections incoming_packets outgoing_packets incoming_bytes outgoing_bytes; do
      metric "ballast_ipvs_service_${each}_total$of"
    done | paste -sd ' ')" ]]
}
wait_until 60 "the kernel's counters" counted
promtool check metrics <"$LAB_RUN/page" || fail "promtool refuses the page"
assert_eq "role" 1 "$(metric 'ballast_router_role{router="web",role="MASTER"}')"
assert_eq "members up" 1 "$(metric 'ballast_service_members{service="web",health="up"}')"
assert_eq "weight" 3 "$(metric 'ballast_ipvs_destination_weight{service="web",virtual_address="tcp 10.0.1.100:80",destination="10.0.0.11:80"}')"
assert_eq "connections of the member" 3 "$(metric 'ballast_ipvs_destination_connections_total{service="web",virtual_address="tcp 10.0.1.100:80",destination="10.0.0.11:80"}')"
(($(metric 'ballast_check_duration_seconds_count{type="tcp",outcome="passed"}') > 0))
(($(metric ballast_manifest_held) == 0 && $(metric ballast_manifest_refused) == 0))

echo "what somebody else changed and was put back is counted; a new manifest is none"
assert_eq "repairs" 0 "$(metric 'ballast_drift_repaired_total{kind="destination"}')"
on director ipvsadm -e -t 10.0.1.100:80 -r 10.0.0.11:80 -m -w 7
wait_until 60 "the repair" page_says 'ballast_drift_repaired_total{kind="destination"}' 1
on director ip addr del 10.0.2.1/24 dev later0
wait_until 60 "the repair" page_says 'ballast_drift_repaired_total{kind="address"}' 1
assert_eq "other repairs" "0 1" "$(metric 'ballast_drift_repaired_total{kind="service"}') $(metric 'ballast_drift_repaired_total{kind="destination"}')"

echo "every metric that the alerts and the dashboard name is there"
for name in $({
  sed -n 's/^ *expr: //p' "$LAB_SOURCE/manifests/monitoring/alerts.yaml"
  jq -r '.. | .expr? // empty' "$LAB_SOURCE/manifests/monitoring/dashboard.json"
} | grep -oE '\b(ballast|process)_[a-z_]+' | sort -u); do
  grep -qE "^${name}(\{| )" "$LAB_RUN/page" || fail "there is no metric $name"
done

echo "no secret in any answer"
on director curl --silent --unix-socket /run/ballast/ballast.sock http://x/v1/status >"$LAB_RUN/all"
for path in /v1/status /v1/plan /v1/events /metrics /readyz /healthz /v1/nothing; do answer $path >>"$LAB_RUN/all"; done
assert_lacks "answers" "$(<"$LAB_RUN/all")" "$secret"
assert_contains "answers" "$(<"$LAB_RUN/all")" '"virtualRouterId": 51' '"changes"' '"events"'

echo "1,000 idle connections and rude peers: bounded, and the operator is served"
memory=$(status_file VmRSS)
mkfifo "$LAB_RUN/go"
on client python3 "$LAB_SOURCE/tests/lab/bad_peers.py" 10.0.0.2 9100 1000 <"$LAB_RUN/go" >"$LAB_RUN/peers" &
peers=$!
exec {go}>"$LAB_RUN/go"
wait_until 90 "the idle connections" grep -q idle "$LAB_RUN/peers"
assert_contains "status" "$(ballast_on director status)" "MASTER"
wait_until 60 "an answer to another peer" answers /healthz 200
wait_until 90 "the last of the rude peers" grep -q HEAD "$LAB_RUN/peers"
assert_eq "answers to rude peers" "idle
garbage 400
long-header 431
long-target 431
announced-body 413
chunks 413
slow 408
POST 405
PUT 405
DELETE 405
PATCH 405
OPTIONS 405
TRACE 405
BREW 405
maintenance 403
member 403
approve 403
failover 403
suspend 403
confirm 403
apply 403
reload 403
HEAD 200" "$(<"$LAB_RUN/peers")"
(($(descriptors) < 200)) || fail "$(descriptors) descriptors are open"
(($(status_file VmRSS) < memory + 40000)) || fail "from $memory kB to $(status_file VmRSS) kB"
echo >&"$go"
exec {go}>&-
wait $peers
expect_status 0 ballast_on director status
assert_contains "status" "$stdout" "MASTER"

echo "the watchdog is fed; not when a thread hangs, which /healthz names"
wait_until 60 "WATCHDOG=1" noted '^WATCHDOG=1$'
mkfifo "$LAB_RUN/release"
on director python3 "$LAB_SOURCE/tests/lab/hold_thread.py" "${lab_node_pid[director]}" vrrp <"$LAB_RUN/release" >"$LAB_RUN/held" &
exec {release}>"$LAB_RUN/release"
wait_until 60 "the thread to be held" grep -q held "$LAB_RUN/held"
wait_until 60 "ill health" answers /healthz 503
assert_contains "health" "$(answer /healthz)" "the VRRP thread has not answered"
fed=$(grep -c '^WATCHDOG=1' "$notes")
wait_until 60 "another answer" answers /healthz 503
assert_eq "times the watchdog was fed meanwhile" "$fed" "$(grep -c '^WATCHDOG=1' "$notes")"
exec {release}>&-
wait_until 60 "good health" answers /healthz 200

echo "the log is one JSON object a line; the end is told"
stop_node director
wait_until 30 "STOPPING=1" noted '^STOPPING=1'
jq -es 'all(.[]; has("time") and has("level") and has("message"))' "$log" >/dev/null || fail "$(<"$log")"
jq -es 'any(.[]; .router == "web")' "$log" >/dev/null || fail "no line names the router"
assert_lacks "log" "$(<"$log")" "$secret"
