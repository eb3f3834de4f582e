# What Ballast sends, read by Wireshark's decoders: VRRPv3 over IPv4 and IPv6, VRRPv2 plain, with PASS and with AH, each as
# advertisement and as release, and its gratuitous ARP and neighbour advertisements: no complaint, every checksum good.
# needs: none
# timeout: 400
host one eth0 10.0.0.1/24 2001:db8::1/64
host other eth0 10.0.0.2/24
router() {  # NAME VRID VERSION ADDRESS [FIELDS]
  cat <<YAML
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: $1}
spec:
  virtualRouterId: $2
  interface: eth0
  version: $3
  addresses: ["$4"]
  routers: [{node: one, priority: 150}]
${5-}
---
YAML
}
{
  router four 41 3 10.0.0.141/24 "  advertisementInterval: 300ms"
  router six 42 3 2001:db8::142/64 "  advertisementInterval: 300ms"
  router plain 43 2 10.0.0.143/24
  router pass 44 2 10.0.0.144/24 "  authentication: {type: PASS, password: s3cret}"
  router ah 45 2 10.0.0.145/24 "  authentication: {type: AH, password: s3cret}"
} >"$LAB_RUN/cluster.yaml"
lab_become other tcpdump --immediate-mode -Unni eth0 -w "$LAB_RUN/packets" 2>"$LAB_RUN/dump.log" &
dump=$!
wait_until 10 "tcpdump" grep -q "listening on" "$LAB_RUN/dump.log"
run_ballast one "$LAB_RUN/cluster.yaml"
vips=(10.0.0.141 2001:db8::142 10.0.0.143 10.0.0.144 10.0.0.145)
for vip in "${vips[@]}"; do wait_until 30 "$vip" holds one "$vip"; done
# Under multicast a second one says that the first was complete.
sent() { (($(tcpdump -nr "$LAB_RUN/packets" "$1" 2>/dev/null | wc -l) >= $2)); }
wait_until 30 "advertisements of AH" sent "ip proto 51" 2
wait_until 30 "advertisements" sent "ip proto 112" 8
wait_until 30 "advertisements over IPv6" sent "ip6 proto 112" 4
stop_node one
wait_until 30 "the release of AH" sent "ip proto 51" 3
wait_until 30 "the releases" sent "vrrp and ip[22] == 0" 3
kill $dump
wait $dump || true

export HOME=$LAB_RUN/tmp
decode() { tshark -nr "$LAB_RUN/packets" -o ip.check_checksum:TRUE "$@" 2>/dev/null; }
# frames FILTER: how many.
frames() { decode -Y "$1" | wc -l; }
decoded=$(decode -Y vrrp -T fields -e vrrp.virt_rtr_id -e vrrp.prio)  # tshark takes seconds to start
for vrid in 41 42 43 44 45; do
  (($(grep -c "^$vrid"$'\t'"150$" <<<"$decoded") >= 2)) || fail "advertisements of $vrid were not decoded"
  assert_eq "releases of $vrid" 1 "$(grep -c "^$vrid"$'\t'"0$" <<<"$decoded" || true)"
done
ours="ip.src == 10.0.0.1 or (ipv6 and vrrp) or icmpv6.nd.na.target_address == 2001:db8::142 or arp"
assert_eq "complaints" "" "$(decode -Y "($ours) and (_ws.malformed or _ws.expert.severity >= 0x400000)" \
  -T fields -e frame.number -e _ws.expert.message)"
assert_eq "packets without a good checksum" 0 \
  "$(frames "vrrp and (not vrrp.checksum.status == 1 or (ip and not ip.checksum.status == 1))")"
(($(frames "icmpv6.nd.na.target_address == 2001:db8::142 and icmpv6.checksum.status == 1") >= 1)) ||
  fail "no neighbour advertisement with a good checksum"
assert_eq "hop limits other than 255" 0 "$(frames "vrrp and not (ip.ttl == 255 or ipv6.hlim == 255)")"
assert_eq "the password" "s3cret" "$(decode -Y "vrrp.virt_rtr_id == 44" -T fields -e vrrp.auth_string | sort -u)"
assert_eq "AH is the only protocol with a security parameters index" "45" \
  "$(decode -Y "ah.spi" -T fields -e vrrp.virt_rtr_id | sort -u)"
assert_eq "MACs of the gratuitous ARP" 1 "$(decode -Y "arp.isgratuitous" -T fields -e arp.src.hw_mac | sort -u | wc -l)"
