# `ballast run` as a user that is not root, with two capabilities: it holds a VIP, and its scripts run as that user and without
# them; nft, which it sets the packet filter with, has the one that it takes.
# needs: none
host director eth0 10.0.0.2/24
cat >"$LAB_RUN/look" <<SCRIPT
#!/bin/sh
grep -E '^(Uid|CapEff|CapPrm):' /proc/self/status >/run/ballast/look
SCRIPT
chmod 755 "$LAB_RUN/look"
cat >"$LAB_RUN/cluster.yaml" <<YAML
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: web}
spec:
  virtualRouterId: 51
  interface: eth0
  advertisementInterval: 100ms
  addresses: [10.0.0.100/24]
  routers: [{node: director, priority: 150}]
  track: [{script: {command: [$LAB_RUN/look]}, interval: 100ms}]
YAML
not_root=(setpriv --reuid 65532 --regid 65532 --clear-groups --inh-caps +net_admin,+net_raw --ambient-caps +net_admin,+net_raw
  --bounding-set -all,+net_admin,+net_raw)
on director install -d -o 65532 -g 65532 /run/ballast
lab_become director "${not_root[@]}" "$BALLAST" run -f "$LAB_RUN/cluster.yaml" --cache-dir /run/ballast >>"$LAB_RUN/hosts/director/log/run.log" 2>&1 &
lab_node_pid[director]=$!
wait_until 60 "the VIP, and so a script that passes" has_address director 10.0.0.100
assert_eq "what the script is" "Uid: 65532 65532 65532 65532
CapPrm: 0000000000000000
CapEff: 0000000000000000" "$(on director cat /run/ballast/look | tr '\t' ' ')"
assert_eq "what the controller may" "CapEff: 0000000000003000" "$(grep CapEff "/proc/${lab_node_pid[director]}/status" | tr '\t' ' ')"
doctor=$(on director "${not_root[@]}" "$BALLAST" doctor -f "$LAB_RUN/cluster.yaml" --wait 0 -o json || true)
assert_contains "what doctor looked at, by nft" "$(jq -c .lookedAt <<<"$doctor")" "the firewall"
assert_lacks "what it could not look at" "$(jq -c .notLookedAt <<<"$doctor")" nft
stop_node director
assert_lacks "addresses" "$(addresses director eth0)" 10.0.0.100
