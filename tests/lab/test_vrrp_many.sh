# A take-over of 1,000 VIPs on one router, beside keepalived with the same: all there, all announced, and sooner.
# needs: none
# timeout: 240
host one eth0 10.0.0.1/8
host two eth0 10.0.0.2/8
host watcher eth0 10.0.0.9/8
count=1000
vip() { echo "10.1.$(($1 / 250)).$(($1 % 250 + 1))"; }
{
  cat <<YAML
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: many}
spec:
  virtualRouterId: 51
  interface: eth0
  advertisementInterval: 1s
  routers: [{node: one, priority: 150}, {node: two, priority: 100}]
  announce: {count: 1, delay: 0s}
  addresses:
    - 10.2.0.1/32
YAML
  for ((i = 0; i < count; i++)); do echo "    - {address: $(vip $i)/32, advertised: false}"; done
} >"$LAB_RUN/cluster.yaml"
keepalived_configuration() {
  echo "global_defs { vrrp_version 3
    vrrp_garp_master_repeat 1
    vrrp_garp_master_delay 0 }
  vrrp_instance many { state BACKUP
    interface eth0
    virtual_router_id 51
    priority $1
    advert_int 1
    virtual_ipaddress { 10.2.0.1/32 dev eth0 }
    virtual_ipaddress_excluded {"
  for ((i = 0; i < count; i++)); do echo "$(vip $i)/32 dev eth0"; done
  echo "} }"
}
addresses_on() { on "$1" ip -o -4 addr show dev eth0 | grep -c ' 10\.1\.' || true; }
all_on() { (($(addresses_on "$1") == count)); }
announced() { grep -o 'who-has 10\.1\.[0-9.]*' "$LAB_RUN/hosts/watcher/log/tcpdump.out" | sort -u | wc -l; }
all_announced() { (($(announced) == count)); }  # tcpdump -l: as they come
# From the MASTER's release to the last VIP announced, as the network sees it.
seconds_of_takeover() {
  awk '{ split($1, part, ":"); now = part[1] * 3600 + part[2] * 60 + part[3] }
    / prio 0,/ { began = now }
    /who-has 10\.1\./ && began { last = now }
    END { if (began && last) printf "%.3f", last - began; else printf "?" }' "$LAB_RUN/hosts/watcher/log/tcpdump.out"
}
# take_over: the MASTER one stops, two takes over; $seconds says how long it took. What is announced is settled before, or
# keepalived would still be busy with it, and not stop in time.
take_over() {
  wait_until 60 "one to hold them all" all_on one
  wait_until 60 "one to announce them all" all_announced
  dump_stop watcher >/dev/null
  dump_start watcher eth0 -B 16384 arp or vrrp
  stop_node one
  wait_until 60 "two to hold them all" all_on two
  wait_until 60 "two to announce them all" all_announced
  dump_stop watcher >/dev/null
  seconds=$(seconds_of_takeover)
  assert_eq "VIPs announced" $count "$(announced)"
}

dump_start watcher eth0 -B 16384 arp or vrrp
run_ballast one "$LAB_RUN/cluster.yaml"
run_ballast two "$LAB_RUN/cluster.yaml"
take_over
assert_eq "VIPs left on one" 0 "$(addresses_on one)"
ballast=$seconds
stop_node two
assert_eq "VIPs left on two" 0 "$(addresses_on two)"

dump_start watcher eth0 -B 16384 arp or vrrp
run_keepalived one < <(keepalived_configuration 150)
run_keepalived two < <(keepalived_configuration 100)
take_over
echo "take-over of $count VIPs: Ballast $ballast s, keepalived $seconds s"
[[ $ballast != "?" ]] || fail "Ballast's take-over was not seen"
# Of keepalived's, a busy machine may lose the beginning.
[[ $seconds == "?" ]] || awk -v a="$ballast" -v b="$seconds" 'BEGIN { exit !(a < b) }' || fail "keepalived is faster"
