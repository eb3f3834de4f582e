# ballast doctor: silent on every node of a healthy cluster; then faults are planted one after another, and it names each.
# needs: ipvs throwaway
# timeout: 400
cluster=$LAB_RUN/cluster.yaml
make_nginx_dr_hosts

# Besides DR a service by NAT and one by TUN, so that every fault has its place.
service() {
  echo "---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: web-$1}
spec: {address: 192.168.197.120, port: $1, scheduler: $2, forwarding: $3, pool: unchecked}"
}
{
  cat "$LAB_SOURCE/manifests/nginx-dr/cluster.yaml"
  service 81 wrr NAT
  service 82 wrr TUN
  echo "---
apiVersion: ballast/v1
kind: Pool
metadata: {name: unchecked}
spec: {members: [{address: 192.168.197.130}, {address: 192.168.197.131}]}
---
apiVersion: ballast/v1
kind: RealServer
metadata: {name: unchecked}
spec: {nodes: [nginx-130, nginx-131], pools: [unchecked]}"
} >"$cluster"

# clock_status BITS: 0x40 is STA_UNSYNC.
clock_status() {
  /usr/bin/python3 -c 'import ctypes, sys
timex = (ctypes.c_long * 64)()
timex[0], timex[5] = 0x14, int(sys.argv[1], 16)  # ADJ_STATUS | ADJ_MAXERROR
sys.exit(ctypes.CDLL(None).adjtimex(timex) < 0)' "$1"
}
clock_status 0

for director in lvs-128 lvs-129; do
  on "$director" sysctl -qw net.ipv4.ip_forward=1
  on "$director" ip link set ens33 mtu 1520
  run_ballast "$director" "$cluster" --cache-dir "$LAB_RUN/hosts/$director/cache"
done
for server in nginx-130 nginx-131; do apply_manifest "$server" "$cluster"; done
await_holder 30 192.168.197.120/24 lvs-128 lvs-129
is_programmed() { (($(ipvs "$1" | wc -l) == 9)); }
for director in lvs-128 lvs-129; do wait_until 30 "IPVS of $director" is_programmed "$director"; done

# diagnose STATUS HOST [OPTION...]: $findings, its words in one line.
diagnose() {
  local words
  expect_status "$1" on "$2" "$BALLAST" doctor -f "$cluster" "${@:3}"
  read -r -d '' -a words <<<"$stdout" || true
  findings=${words[*]}
}
# names WHAT HOST WAIT PART...: one finding, which has all these parts.
names() {
  diagnose 1 "$2" --wait "$3"
  assert_contains "$1" "$findings" "$2 (" "): 1 finding " "${@:4}"
  echo "found: $1"
}
healthy() {
  local node
  for node in lvs-128 lvs-129 nginx-130 nginx-131; do
    diagnose 0 "$node" "$@"
    assert_contains "$node" "$findings" "nothing wrong found"
  done
}
healthy
expect_status 0 ballast_on lvs-128 doctor --cache-dir "$LAB_RUN/hosts/lvs-128/cache" --wait 1s
assert_contains "without -f, by the manifest in force" "$stdout" "lvs-128 (director): nothing wrong found; looked at" \
  "VRRP on ens33" "ARP for the VIPs"

# Real servers.
vip=192.168.197.120
on nginx-130 ip addr del $vip/32 dev lo
names "no VIP" nginx-130 0 "broken this real server does not have the VIP $vip"
on nginx-130 ip addr add $vip/32 dev ens33
names "VIP on the wrong device" nginx-130 0 "broken the VIP $vip is on the wrong device" "$vip/32 on ens33"
on nginx-130 ip addr del $vip/32 dev ens33
on nginx-130 ip addr add $vip/24 dev lo
names "a network on lo" nginx-130 0 "broken this real server takes all of $vip/24"
on nginx-130 ip addr del $vip/24 dev lo
on nginx-130 ip addr add $vip/32 dev lo scope host
on nginx-130 sysctl -qw net.ipv4.conf.all.arp_announce=0
names "arp_announce" nginx-130 0 "broken this real server tells its neighbours" "arp_announce of ens33 is below 2"
on nginx-130 sysctl -qw net.ipv4.conf.all.arp_announce=2 net.ipv4.conf.all.arp_ignore=0
names "arp_ignore" nginx-130 0 "broken this real server answers ARP for the VIP" "arp_ignore of ens33 is 0"
names "ARP, asked by the MASTER" lvs-128 1s "broken the real server 192.168.197.130 answers ARP for the VIP $vip"
names "ARP, asked by the BACKUP" lvs-129 1500ms "broken the real server 192.168.197.130 answers ARP for the VIP $vip"
on nginx-130 sysctl -qw net.ipv4.conf.all.arp_ignore=1
on nginx-130 ip link set tunl0 down
names "a tunnel device that is down" nginx-130 0 "broken the tunnel device tunl0 is down"
on nginx-130 ip link set tunl0 name elsewhere
names "TUN without a device" nginx-130 0 "broken the tunnel device tunl0 is missing"
on nginx-130 ip link set elsewhere name tunl0
on nginx-130 ip link set tunl0 up
on nginx-130 sysctl -qw net.ipv4.conf.tunl0.rp_filter=1
names "rp_filter of the tunnel" nginx-130 0 "broken what comes out of tunl0 is dropped" "rp_filter of tunl0 is 1"
on nginx-130 sysctl -qw net.ipv4.conf.tunl0.rp_filter=0

# The machine.
on nginx-130 mount -t tmpfs files /etc/sysctl.d
on nginx-130 tee /etc/sysctl.d/tutorial.conf <<<$'# from a tutorial\nnet.ipv4.tcp_tw_recycle = 1' >/dev/null
names "tcp_tw_recycle" nginx-130 0 "without effect net.ipv4.tcp_tw_recycle" "/etc/sysctl.d/tutorial.conf:2"
on nginx-130 tee /etc/sysctl.d/tutorial.conf <<<"net.ipv4.vs.conn_tab_bits=20" >/dev/null
names "conn_tab_bits" nginx-130 0 "without effect net.ipv4.vs.conn_tab_bits" "/etc/sysctl.d/tutorial.conf:1"
on nginx-130 rm /etc/sysctl.d/tutorial.conf
clock_status 40
names "clock" nginx-130 0 "at risk the clock is not synchronised" STA_UNSYNC
clock_status 0
expect_status 1 on lvs-129 setpriv --bounding-set -net_raw --inh-caps -net_raw "$BALLAST" doctor -f "$cluster" --wait 1s
assert_contains "capability" "$stdout" "1 finding" "CAP_NET_RAW is missing here" "not looked at: the wire at ens33 (VRRP, ARP)"

# Directors.
on lvs-129 sysctl -qw net.ipv4.ip_forward=0
names "ip_forward" lvs-129 0 "broken this NAT director does not forward" "net.ipv4.ip_forward is 0"
on lvs-129 sysctl -qw net.ipv4.ip_forward=1
network uplink
plug lvs-129 uplink eth1 10.9.9.2/24
on lvs-129 ip route add default via 10.9.9.1
on lvs-129 sysctl -qw net.ipv4.conf.ens33.rp_filter=1
names "rp_filter" lvs-129 0 "at risk clients' packets to $vip are dropped" "rp_filter of ens33 is 1" "leaves by eth1"
on lvs-129 sysctl -qw net.ipv4.conf.ens33.rp_filter=0
on lvs-129 ip route add 192.168.197.130 via 192.168.197.1
names "a DR member behind a router" lvs-129 0 "broken DR member 192.168.197.130 is not on" "via 192.168.197.1 dev ens33"
on lvs-129 ip route replace 192.168.197.130 dev ens33 mtu 1500
names "MTU" lvs-129 0 "at risk the MTU on the way to TUN member 192.168.197.130" "takes 1500 bytes" "mtu 1520"
on lvs-129 ip route del 192.168.197.130
ballast_on lvs-129 suspend doctor >/dev/null
on lvs-129 ipvsadm -a -t $vip:80 -r 192.168.197.129 -g
names "its own member" lvs-129 0 "broken 192.168.197.129 directs tcp $vip:80 to itself"
on lvs-129 ipvsadm -d -t $vip:80 -r 192.168.197.129
ballast_on lvs-129 resume >/dev/null

# Others. impostor NAME: a process of that name on lvs-129.
impostor() {
  lab_become lvs-129 bash -c "exec -a $1 sleep 1000" &
  impostor=$!
  wait_until 10 "$1" grep -q "^$1" "/proc/$impostor/cmdline"
}
end_impostor() {
  kill "$impostor"
  wait "$impostor" || true
}
impostor keepalived
names "keepalived" lvs-129 0 "broken keepalived runs beside Ballast" "process $impostor:"
end_impostor
impostor kube-proxy
on lvs-129 ip link add kube-ipvs0 type bridge
names "kube-proxy" lvs-129 0 "broken kube-proxy manages IPVS" kube-ipvs0
end_impostor
impostor systemd-networkd
on lvs-129 mount -t tmpfs files /etc/systemd/network
on lvs-129 tee /etc/systemd/network/lan.network <<<$'[Match]\nName=ens*' >/dev/null
names "systemd-networkd" lvs-129 0 "at risk systemd-networkd takes VIPs off ens33" "/etc/systemd/network/lan.network matches"
end_impostor

# The wire. peer VERSION VIP: a router of somebody else's, with our VRID.
peer() {
  echo "apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: other}
spec: {virtualRouterId: 41, interface: ens33, version: $1, addresses: [$2], routers: [{node: client, priority: 10}]}" \
    >"$LAB_RUN/hosts/client/cluster.yaml"
  run_ballast client "$LAB_RUN/hosts/client/cluster.yaml"
  wait_until 30 "the client to hold $2" holds client "$2"
}
peer 3 192.168.197.99/24
names "another group on the VRID" lvs-128 3s "broken another group uses VRID 41 on ens33" "advertises 192.168.197.99"
names "another group on the VRID" lvs-129 2500ms "broken another group uses VRID 41 on ens33" "advertises 192.168.197.99"
stop_node client
peer 2 $vip/24
names "two MASTERs" lvs-128 3s "broken two nodes are MASTER of VRID 41 on ens33 (web)" "this node" "VRRPv2" "VRRPv3"
stop_node client

# Modules of the kernel.
running=$cluster
cluster=$LAB_RUN/hashed.yaml
{ cat "$running"; service 83 mh DR; } >"$cluster"
mh=$(modprobe --show-depends ip_vs_mh | awk '/ip_vs_mh/ {print $2}')
on lvs-129 mount --bind /dev/null "$mh"
names "a scheduler" lvs-129 0 "broken scheduler mh is missing" "module ip_vs_mh"
cluster=$running
healthy --wait 0
for director in lvs-128 lvs-129; do
  stop_node "$director"
  on "$director" ipvsadm -C
done
rmmod ip_vs_wrr ip_vs
mount -t tmpfs nothing /lib/modules
names "no ip_vs" lvs-129 0 "broken the kernel has no IPVS" "modprobe ip_vs"
