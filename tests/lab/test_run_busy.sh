# While a change of 20,000 destinations is read, applied and looked at, checks go on, the API answers and the VIP is held
# without a break, also for a standby that listens. (tests/bench/responsiveness has the figures; here the limits only tell starved from slow.)
# timeout: 400
# memory: 2G
services=${LAB_SERVICES-2000}
host director eth0 10.0.0.2/8
host web eth0 10.0.0.11/8
nginx_on web
log=$LAB_RUN/hosts/director/log/run.log
mkdir "$LAB_RUN/manifests"
cat >"$LAB_RUN/manifests/a.yaml" <<'YAML'
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: web}
spec: {virtualRouterId: 51, interface: eth0, advertisementInterval: 1s, addresses: [10.0.0.100/8], routers: [{node: director}]}
---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: web}
spec: {address: 10.0.0.100, port: 80, scheduler: wrr, forwarding: NAT, pool: web}
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: web}
spec: {members: [{address: 10.0.0.11}], checks: [{tcp: {timeout: 2s}, interval: 200ms}]}
YAML
awk -v n="$services" 'BEGIN { for (s = 0; s < n; s++) {
  printf "apiVersion: ballast/v1\nkind: VirtualService\nmetadata: {name: s%d}\nspec: {address: 10.100.%d.%d, port: 80, scheduler: wrr, forwarding: DR, nodes: [director], pool: p%d}\n---\n", s, s / 256, s % 256, s
  printf "apiVersion: ballast/v1\nkind: Pool\nmetadata: {name: p%d}\nspec:\n  members:\n", s
  for (d = 1; d <= 10; d++) printf "    - {address: 10.200.0.%d}\n", d
  print "---" } }' >"$LAB_RUN/big.yaml"
run_ballast director "$LAB_RUN/manifests"
await_holder 20 10.0.0.100 director
ready() { ballast_on director status >/dev/null; }
wait_until 60 "the director to be ready" ready

dump_start web eth0 -tt "(tcp dst port 80 and tcp[tcpflags] = tcp-syn) or ip proto 112"
began=$EPOCHREALTIME
cp "$LAB_RUN/big.yaml" "$LAB_RUN/manifests/b.yaml"
is_applied() { [[ $(tr -d , <"$log") == *"in $((services * 11)) kernel writes"* ]]; }
answers=0 longest=0
until is_applied; do
  took=$(on director curl --silent --fail --output /dev/null --max-time 60 --write-out '%{time_total}' \
    --unix-socket /run/ballast/ballast.sock http://ballast/v1/status) || fail "status was not answered within a minute"
  answers=$((answers + 1))
  longest=$(awk -v a="$longest" -v b="$took" 'BEGIN { print (b > a ? b : a) }')
done
took=$(awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }')
dump_stop web >"$LAB_RUN/checks"
# gap_of AWK_CONDITION: the longest time between two packets.
gap_of() { awk "$1"' { if (last && $1 - last > gap) gap = $1 - last; last = $1 } END { printf "%.2f", NR ? gap : 999 }' "$LAB_RUN/checks"; }
gap=$(gap_of '!/VRRP/')
silence=$(gap_of '/VRRP/')
echo "$services services with 10 destinations: applied after $took s; meanwhile $answers answers of the API, the longest" \
  "after $longest s; at most $gap s between two checks that are 0.2 s apart, and $silence s between two advertisements that are 1 s apart"
awk -v gap="$gap" -v longest="$longest" 'BEGIN { exit !(gap < 10 && longest < 30) }' || fail "something was starved"
# 3 intervals and the skew of priority 100 (156/256 s): a standby would have taken over.
awk -v silence="$silence" 'BEGIN { exit !(silence > 0 && silence < 3.6) }' || fail "$silence s without an advertisement"
assert_eq "changes of role" 2 "$(grep -c -- '->.*priority' "$log")"
holds director 10.0.0.100
stop_node director
