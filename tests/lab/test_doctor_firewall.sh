# ballast doctor names the firewall rule that drops VRRP, of nft and of iptables, and is silent about one that lets it pass.
# needs: none nftables
host one eth0 10.0.0.1/24
host two eth0 10.0.0.2/24
cat >"$LAB_RUN/cluster.yaml" <<YAML
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: web}
spec:
  virtualRouterId: 51
  interface: eth0
  addresses: [10.0.0.100/24]
  routers: [{node: one, priority: 100}, {node: two, priority: 50}]
YAML
# The clock of a machine that builds this is its own affair.
diagnose() {
  { on one "$BALLAST" doctor -f "$LAB_RUN/cluster.yaml" -o json "$@" || (($? == 1)); } |
    jq -r '.findings[] | select(.evidence | contains("STA_UNSYNC") | not) | "\(.what) | \(.evidence) | \(.do)"'
}
assert_eq "without a firewall" "" "$(diagnose --wait 0)"

on one nft -f - <<'RULES'
table inet filter {
  chain input {
    type filter hook input priority 0; policy drop;
    ct state vmap { established : accept, related : accept, invalid : drop }
    iifname "lo" accept
    meta l4proto { icmp, ipv6-icmp } accept
    tcp dport 22 accept
  }
}
RULES
findings=$(diagnose --wait 0)
assert_contains "a policy of nft" "$findings" "the firewall drops the other routers' advertisements of web (protocol 112)" \
  "policy drop of chain inet filter input, where no rule accepts it"
on one nft insert rule inet filter input iifname eth0 meta l4proto vrrp accept
assert_eq "with the rule that it asks for" "" "$(diagnose --wait 0)"

on one iptables -A OUTPUT -d 224.0.0.0/8 -j DROP
assert_contains "a rule of iptables" "$(diagnose --wait 0)" "the firewall drops this node's advertisements of web"
on one iptables -D OUTPUT -d 224.0.0.0/8 -j DROP

# What such a rule leads to: each takes itself for the only one, and is heard by doctor in front of its own rule.
on one nft flush ruleset
for node in one two; do
  on "$node" nft -f - <<<'table ip filter { chain input { type filter hook input priority 0; ip protocol vrrp drop; }; }'
  run_ballast "$node" "$LAB_RUN/cluster.yaml"
done
for node in one two; do wait_until 30 "$node to hold the VIP" holds "$node" 10.0.0.100/24; done
findings=$(diagnose)
assert_contains "what it leads to" "$findings" "two nodes are MASTER of VRID 51 on eth0 (web)" \
  'rule "drop"' "nft's chain ip filter input"
assert_eq "findings" 2 "$(wc -l <<<"$findings")"
