# Something else takes an address away again and again: it is put back less and less often, the log and the status name
# it, everything else is put back at once; and when that is over, it stays. What cannot be made so is named, too.
# needs: none
# timeout: 200
host one eth0 10.0.0.1/24
log=$LAB_RUN/hosts/one/log/run.log
manifest() {
  cat >"$LAB_RUN/cluster.yaml" <<YAML
apiVersion: ballast/v1
kind: Address
metadata: {name: fought-over}
spec: {nodes: [one], interface: eth0, address: 10.0.0.101/24}
---
apiVersion: ballast/v1
kind: Address
metadata: {name: quiet}
spec: {nodes: [one], interface: eth0, address: 10.0.0.102/24}
---
apiVersion: ballast/v1
kind: Sysctl
metadata: {name: tuning}
spec: {nodes: [one], values: {net.ipv4.ip_default_ttl: $1}}
YAML
}
ready() { ballast_on one status >/dev/null; }
manifest 64
run_ballast one "$LAB_RUN/cluster.yaml"
wait_until 20 "the node to be ready" ready
fight() { while ip addr del 10.0.0.101/24 dev eth0 2>/dev/null || sleep 0.05; do :; done; }
lab_become one bash -c "$(declare -f fight); fight" &
fighter=$!
words="something else keeps changing address 10.0.0.101/24 on eth0: it is put back less and less often"
wait_until 60 "the fight to be named" grep -q "$words" "$log"
in_status() { [[ $(ballast_on one status || true) == *"$1"* ]]; }
wait_until 60 "the fight in the status" in_status "$words; tried again in "
on one ip addr del 10.0.0.102/24 dev eth0
wait_until 20 "the other address" holds one 10.0.0.102/24
kill "$fighter"
wait "$fighter" || true
assert_eq "lines about the fight" 1 "$(grep -c "$words" "$log")"
stays() { holds one 10.0.0.101/24 && ready; }
wait_until 150 "the address to stay" stays

echo "what cannot be made so is named, and another wish is tried at once"
manifest 999
kill -HUP "${lab_node_pid[one]}"
wait_until 20 "the failure in the status" in_status "net.ipv4.ip_default_ttl: is 64, wanted 999, but the kernel refuses that value (EINVAL)"
manifest 63
kill -HUP "${lab_node_pid[one]}"
ttl_is() { [[ $(kernel_parameter one net.ipv4.ip_default_ttl) == "$1" ]]; }
wait_until 20 "the other value" ttl_is 63
wait_until 20 "the node to be ready" ready
stop_node one
