# See tests/bench/advertisement_gap.
# timeout: 500
# memory: 3G
host one eth0 10.0.0.1/8
host two eth0 10.0.0.2/8
cat >"$LAB_RUN/r.yaml" <<YAML
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: web}
spec:
  virtualRouterId: 51
  interface: eth0
  advertisementInterval: 1s
  addresses: [10.0.0.100/8]
  routers: [{node: one, priority: 150}]
YAML
awk -v n=10000 -v m=10 'BEGIN { for (s = 0; s < n; s++) {
    printf "apiVersion: ballast/v1\nkind: VirtualService\nmetadata: {name: s%d}\nspec: {address: 10.100.%d.%d, port: 80, scheduler: wrr, forwarding: DR, nodes: [here], pool: p%d}\n---\n", s, s / 256, s % 256, s
    printf "apiVersion: ballast/v1\nkind: Pool\nmetadata: {name: p%d}\nspec:\n  members:\n", s
    for (d = 0; d < m; d++) printf "    - {address: 10.200.0.%d}\n", d + 1
    print "---" } }' >"$LAB_RUN/big.yaml"
run_ballast one "$LAB_RUN/r.yaml"
wait_until 8 "MASTER" holds one 10.0.0.100
dump_start two eth0 -tt ip proto 112
time on one "$BALLAST" apply -f "$LAB_RUN/big.yaml" --node here --state-dir /run/other | tail -1
dump_stop two >/dev/null
awk '{ if (last && $1 - last > gap) gap = $1 - last; last = $1; n++ } END { printf "largest gap %.3f s of %d advertisements\n", gap, n }' \
  "$LAB_RUN/hosts/two/log/tcpdump.out"
