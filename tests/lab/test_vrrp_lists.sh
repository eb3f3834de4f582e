# Disagreement about the addresses of one VRID: two nodes whose lists differ, and a stranger's group on the same VRID. Both are
# named in the log and in `ballast status`, beside Ballast and beside keepalived; one list that is partly ours elects one MASTER.
# needs: none
# timeout: 300
host one eth0 10.0.0.1/24
host two eth0 10.0.0.2/24
log=$LAB_RUN/hosts/one/log/run.log
# manifest NAME ADDRESS...
manifest() {
  cat >"$LAB_RUN/$1.yaml" <<YAML
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: web}
spec:
  virtualRouterId: 51
  interface: eth0
  advertisementInterval: 300ms
  addresses: [$(printf '%s/24,' "${@:2}" | sed 's/,$//')]
  routers: [{node: one, priority: 150}, {node: two, priority: 100}]
YAML
}
# keepalived_with ADDRESS...
keepalived_with() {
  run_keepalived two <<CONF
global_defs { vrrp_version 3 }
vrrp_instance web {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority 100
  advert_int 0.3
  virtual_ipaddress {
$(printf '%s/24 dev eth0\n' "$@")
  }
}
CONF
}
# status_says HOST TEXT: with exit status 1, as something is wrong.
status_says() {
  local status=0 text
  text=$(ballast_on "$1" status) || status=$?
  ((status == 1)) && [[ $text == *"$2"* ]]
}
status_ready() { ballast_on "$1" status; }

echo "two Ballast nodes whose lists differ"
manifest one 10.0.0.100 10.0.0.101
manifest two 10.0.0.100 10.0.0.102
run_ballast one "$LAB_RUN/one.yaml"
run_ballast two "$LAB_RUN/two.yaml"
await_holder 20 10.0.0.100 one two
await_holder 20 10.0.0.101 one two
complaint="10.0.0.1: another list of addresses: it lacks 10.0.0.102 and it also has 10.0.0.101"
wait_until 20 "status of two to name it" status_says two "conflict: $complaint"
wait_until 40 "the log of two to name it" grep -qF "$complaint" "$LAB_RUN/hosts/two/log/run.log"
assert_eq "holders of the address that the MASTER does not know" "" "$(holders 10.0.0.102 one two)"
echo "they agree again"
stop_node two
run_ballast two "$LAB_RUN/one.yaml"
wait_until 20 "two to be ready" status_ready two
stop_node one
stop_node two

echo "keepalived with a list that is partly ours"
run_ballast one "$LAB_RUN/one.yaml"
await_holder 20 10.0.0.100 one two
keepalived_with 10.0.0.100 10.0.0.102
complaint="10.0.0.2: another list of addresses: it lacks 10.0.0.101 and it also has 10.0.0.102"
wait_until 30 "status to name it" status_says one "conflict: $complaint"
wait_until 40 "the log to name it" grep -qF "$complaint" "$log"
assert_eq "Ballast keeps what the higher priority may" one "$(holders 10.0.0.101 one two)"
stop_node two

echo "a stranger's group on this VRID"
keepalived_with 10.0.0.200
wait_until 20 "the stranger to hold its own" holds two 10.0.0.200
complaint="10.0.0.2: a foreign group uses this virtual router id: it advertises 10.0.0.200 and none of ours"
wait_until 20 "status to name it" status_says one "conflict: $complaint"
wait_until 40 "the log to name it" grep -qF "$complaint" "$log"
assert_eq "holder of our VIP" one "$(holders 10.0.0.100 one two)"
assert_eq "holder of the stranger's VIP" two "$(holders 10.0.0.200 one two)"
stop_node two
stop_node one
