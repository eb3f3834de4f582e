# manifests/fullnat: real servers in another network see the director and answer to it; forged SYNs reach none of them, while a
# real client gets through; and the packet filter keeps its contract.
# needs: ipvs nftables
# timeout: 600
manifest=$LAB_SOURCE/manifests/fullnat/cluster.yaml
cluster_fullnat
syns='tcp dst port 8080 and tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn'

apply_manifest director "$manifest"
assert_eq "ipvsadm -Sn" "-A -t 192.0.2.100:80 -s wlc
-A -t 192.0.2.100:8443 -s wlc
-a -t 192.0.2.100:80 -r 10.9.0.11:8080 -m -w 1
-a -t 192.0.2.100:80 -r 10.9.0.12:8080 -m -w 1
-a -t 192.0.2.100:8443 -r 10.9.0.11:8080 -m -w 1
-a -t 192.0.2.100:8443 -r 10.9.0.12:8080 -m -w 1" "$(ipvs director)"
assert_eq "conntrack" 1 "$(kernel_parameter director net.ipv4.vs.conntrack)"

dump_start router racks "$syns"
for port in 80 8443; do
  assert_eq "answers of port $port" $'2 web-11\n2 web-12' "$(fetch_times client "http://192.0.2.100:$port/" 4 | tally)"
done
assert_eq "whom the servers see" 10.0.0.1 "$(sources_of "$(dump_stop router)")"

# The same flood at both services: the one without a SYN proxy shows that it is one.
dump_start router racks "$syns"
on client "$LAB_SOURCE/tests/lab/forge_syns.py" 192.0.2.100 80 2000
assert_eq "an answer in the flood" 1 "$(fetch client http://192.0.2.100/ | grep -c '^web-1[12]$')"
seen=$(dump_stop router)
assert_eq "SYNs at the servers, one real client's" 1 "$(grep -c 'IP 10.0.0.1' <<<"$seen")"
assert_eq "connections of forged addresses" "" "$(on director ipvsadm -Lnc | grep -F 198.51.100. || true)"
dump_start router racks "$syns"
on client "$LAB_SOURCE/tests/lab/forge_syns.py" 192.0.2.100 8443 20
wait_until 60 "forged SYNs at the servers" grep -q "IP 10.0.0.1" "$LAB_RUN/hosts/router/log/tcpdump.out"
dump_stop router >/dev/null

# What was made is understood: get says it in the manifest's words, and doctor finds nothing wrong with it.
fields=$(ballast_on director get -o json |
  jq -c '[.[] | select(.kind == "VirtualService") | [.spec.port, .spec.sourceNat, .spec.synProxy]]')
assert_eq "get" '[[80,true,{"mss":1460,"windowScale":7}],[8443,true,null]]' "$fields"
# The clock of a machine that builds this is its own affair.
findings=$({ ballast_on director doctor -f "$manifest" --wait 0 -o json || (($? == 1)); } |
  jq -r '.findings[] | select(.evidence | contains("STA_UNSYNC") | not) | "\(.what) | \(.evidence)"')
assert_eq "doctor" "" "$findings"

# Without the fields everything of theirs is gone, and the sysctl is as it was.
sed '/sourceNat:/d; /synProxy:/d' "$manifest" >"$LAB_RUN/plain.yaml"
plan=$(ballast_on director diff -f "$LAB_RUN/plain.yaml" || true)
assert_contains "diff" "$plan" "- packet rules tcp 192.0.2.100:80: sourceNat true, synProxy mss 1460 windowScale 7" \
  "- packet rules tcp 192.0.2.100:8443: sourceNat true" "sysctl net.ipv4.vs.conntrack: 1 -> 0"
apply_manifest director "$LAB_RUN/plain.yaml"
assert_eq "nft's ruleset" "" "$(on director nft list ruleset)"
assert_eq "conntrack afterwards" 0 "$(kernel_parameter director net.ipv4.vs.conntrack)"

on director "$LAB_BUILD/tests/contract_tests" --kernel=real --test-suite="packet filter" >/dev/null
