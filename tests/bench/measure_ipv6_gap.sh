# See tests/bench/ipv6_gap.
# needs: none
# timeout: 500
host one eth0 10.0.0.1/24
host two eth0 10.0.0.2/24
vip() { printf '2001:db8::%x:%x' $(($1 / 256 + 1)) $(($1 % 256 + 1)); }
processor_time() { awk '{ print ($14 + $15) * 10 }' "/proc/${lab_node_pid[one]}/stat"; }  # ms, at 100 ticks a second
settled() { ! on one ip -o addr show tentative | grep -q .; }
wait_until 10 "addresses of one" settled
for count in $LAB_VIPS; do
  {
    cat <<YAML
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: many}
spec:
  virtualRouterId: 51
  interface: eth0
  advertisementInterval: 100ms
  routers: [{node: one, priority: 150}]
  announce: {count: 1, delay: 0s}
  addresses:
    - fe80::100/64
YAML
    for ((i = 1; i < count; i++)); do echo "    - {address: '$(vip $i)/128', advertised: false}"; done
  } >"$LAB_RUN/cluster.yaml"
  dump_start two eth0 -tt ip6 proto 112
  run_ballast one "$LAB_RUN/cluster.yaml"
  all_there() { (($(on one ip -6 -o addr show dev eth0 | grep -cE 'fe80::100/|2001:db8::') == count)); }
  wait_until 30 "all VIPs" all_there
  began=$(processor_time)
  # shellcheck disable=SC2034
  read -rt 20 _ <> <(:) || true
  took=$(($(processor_time) - began))
  all_there || echo "VIPs were lost"
  awk -v count="$count" -v took="$took" '
    { if (last && $1 - last > gap) gap = $1 - last; last = $1; n++ }
    END { printf "%5d VIPs: largest gap %.3f s of %d advertisements, %.1f %% of a processor\n", count, gap, n, took / 200 }' \
    <(dump_stop two)
  stop_node one
done
