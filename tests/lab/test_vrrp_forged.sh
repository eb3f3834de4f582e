# Floods of forged advertisements, each of the owner's priority and each wrong in one thing, from a stranger and in the name of
# the other node: no role changes, every reason is counted, and the log does not grow with the flood. Then replays of AH.
# needs: none
# timeout: 300
host one eth0 10.0.0.1/24
host two eth0 10.0.0.2/24
host stranger eth0 10.0.0.66/24
vip=10.0.0.100/24 flood=3000
# manifest TYPE
manifest() {
  cat >"$LAB_RUN/cluster.yaml" <<YAML
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: web}
spec:
  virtualRouterId: 51
  interface: eth0
  version: 2
  addresses: [$vip]
  authentication: {type: $1, password: s3cret}
  routers: [{node: one, priority: 150}, {node: two, priority: 100}]
YAML
}
start_both() {
  manifest "$1"
  run_ballast one "$LAB_RUN/cluster.yaml"
  run_ballast two "$LAB_RUN/cluster.yaml"
  await_holder 20 $vip one two
  wait_until 20 "two to be BACKUP" grep -q "INIT -> BACKUP" "$LAB_RUN/hosts/two/log/run.log"
}
changes() { grep -h -- ' -> ' "$LAB_RUN/hosts/"{one,two}/log/run.log; }
# refused HOST REASON
refused() { { ballast_on "$1" status -o json || true; } | jq ".routers[0].refusals[\"$2\"] // 0"; }
refused_most() { (($(refused "$1" "$2") >= $3)); }

start_both PASS
before=$(changes)
for kind in ttl checksum vrid auth-type auth-mismatch address-list address-count length version type interval; do
  for node in one two; do declare "had_$node=$(refused $node $kind)"; done
  on stranger "$LAB_SOURCE/tests/lab/forge_vrrp.py" $kind $flood
  on stranger "$LAB_SOURCE/tests/lab/forge_vrrp.py" $kind 100 10.0.0.1
  for node in one two; do
    had=had_$node
    # Some may be lost on a busy machine.
    wait_until 20 "$node to have counted $kind" refused_most $node $kind $((${!had} + flood * 2 / 3))
  done
done
assert_eq "changes of role" "$before" "$(changes)"
assert_eq "holder" one "$(holders $vip one two)"
lines=$(cat "$LAB_RUN/hosts/"{one,two}/log/run.log | wc -l)
((lines < 150)) || fail "$lines lines in the log after $((flood * 11)) packets"
assert_contains "log" "$(cat "$LAB_RUN/hosts/two/log/run.log")" "refused a packet from 10.0.0.66: ttl is 254"
more_like_it() {
  on stranger "$LAB_SOURCE/tests/lab/forge_vrrp.py" ttl 1
  grep -q "ttl is 254.*more like it" "$LAB_RUN/hosts/two/log/run.log"
}
lab_poll=0.5
wait_until 30 "the log to say how many there were" more_like_it
expect_status 0 ballast_on two status
assert_contains "status" "$stdout" "ready" "advertisements refused" "auth-mismatch"
echo "the other node is heard all the same"
stop_node one
await_holder 10 $vip two one
stop_node two

echo "AH: what was recorded and is sent again is refused"
for node in one two; do mv "$LAB_RUN/hosts/$node/log/run.log" "$LAB_RUN/hosts/$node/log/pass.log"; done
start_both AH
before=$(changes)
lab_become stranger tcpdump --immediate-mode -Unni eth0 -w "$LAB_RUN/recorded" ip proto 51 2>"$LAB_RUN/recording" &
recorder=$!
recorded() { (($(tcpdump -nr "$LAB_RUN/recorded" 2>/dev/null | wc -l) >= 2)); }
wait_until 20 "two advertisements" recorded
kill $recorder
wait $recorder || true
on stranger python3 - "$LAB_RUN/recorded" <<'PYTHON'
import socket, struct, sys
data = open(sys.argv[1], "rb").read()
length = struct.unpack_from("<I", data, 24 + 8)[0]
frame = data[40:40 + length]
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
wire.bind(("eth0", 0))
for _ in range(500):
    wire.send(frame)
PYTHON
wait_until 20 "two to have counted the replays" refused_most two replay 300
assert_eq "changes of role" "$before" "$(changes)"
assert_eq "holder" one "$(holders $vip one two)"
stop_node one
stop_node two
