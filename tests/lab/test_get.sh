# What `get` prints, applied again, changes nothing; and it is a complete manifest of this node.
manifest=$LAB_SOURCE/manifests/nginx-dr/cluster.yaml
host lvs-128 ens33 192.168.197.128/24
host nginx-130 ens33 192.168.197.130/24
ballast_on lvs-128 apply -f "$manifest" --as-master web >/dev/null
ballast_on nginx-130 apply -f "$manifest" >/dev/null

for node in lvs-128 nginx-130; do
  ballast_on "$node" get >"$LAB_RUN/$node.yaml"
  assert_eq "writes of apply of what get printed on $node" 0 "$(writes_of "$node" apply -f "$LAB_RUN/$node.yaml")"
done
before=$(ipvs lvs-128)
on lvs-128 ipvsadm -C
on lvs-128 ip addr del 192.168.197.120/24 dev ens33
apply_manifest lvs-128 "$LAB_RUN/lvs-128.yaml"
assert_eq "ipvsadm -Sn, restored from what get printed" "$before" "$(ipvs lvs-128)"
assert_contains "addresses" "$(addresses lvs-128 ens33)" "192.168.197.120/24 global"

# Everything that a service and a member can be, there and back.
host director eth0 10.0.0.2/24
on director ip addr add 2001:db8::2/64 dev eth0
cat >"$LAB_RUN/rich.yaml" <<EOF
apiVersion: ballast/v1
kind: Director
metadata: {name: directors}
spec: {nodes: [director], timeouts: {tcp: 600s, tcpFin: 60s, udp: 30s}, sysctls: {net.ipv4.ip_forward: 1},
       syncDaemon: {role: backup, interface: eth0, syncId: 51, group: 239.1.2.3, port: 9000}}
EOF
# service NAME SPEC MEMBERS
service() {
  cat >>"$LAB_RUN/rich.yaml" <<EOF
---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: $1}
spec: {nodes: [director], pool: $1, $2}
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: $1}
spec: {members: [$3]}
EOF
}
service thresholds "address: 10.0.0.100, port: 80, scheduler: wlc, forwarding: NAT" \
  "{address: 10.0.0.11, port: 8080, weight: 0}, {address: 10.0.0.12, upperThreshold: 20, lowerThreshold: 10}"
service persistent "address: 10.0.0.100, port: 0, scheduler: rr, forwarding: DR, persistence: {timeout: 90s, granularity: 255.255.255.0}" \
  "{address: 10.0.0.11}"
service flags "address: 10.0.0.100, port: 53, protocol: UDP, scheduler: mh, schedulerFlags: [mh-port, mh-fallback, ops], forwarding: DR" \
  "{address: 10.0.0.11}"
service sctp "address: 10.0.0.100, port: 99, protocol: SCTP, scheduler: sh, schedulerFlags: [sh-port], forwarding: DR" \
  "{address: 10.0.0.11}"
service mark "fwmark: 7, family: IPv6, scheduler: sed, forwarding: DR" "{address: '2001:db8::11'}"
service six "address: '2001:db8::100', port: 80, scheduler: nq, forwarding: DR, persistence: {timeout: 60s, granularity: 64}" \
  "{address: '2001:db8::11'}"
service tunnel "address: 10.0.0.101, port: 80, scheduler: lc, forwarding: TUN" \
  "{address: 10.0.0.11}, {address: 10.0.0.12, tunnel: {type: gue, port: 6080}}, {address: 10.0.0.13, tunnel: {type: gre}}"

apply_manifest director "$LAB_RUN/rich.yaml"
before=$(ipvs director)
ballast_on director get >"$LAB_RUN/got.yaml"
assert_eq "writes of apply of what get printed" 0 "$(writes_of director apply -f "$LAB_RUN/got.yaml")"
on director ipvsadm -C
on director ipvsadm --stop-daemon backup
apply_manifest director "$LAB_RUN/got.yaml"
assert_contains "ipvsadm -l --daemon, restored" "$(on director ipvsadm -l --daemon)" \
  "backup sync daemon (mcast=eth0, syncid=51, maxlen=1472, group=239.1.2.3, port=9000, ttl=1)"
assert_eq "ipvsadm -Sn, restored" "$before" "$(ipvs director)"
assert_contains "all of it" "$before" "-b mh-fallback,mh-port" "-M 255.255.255.0" "--tun-type gue --tun-port 6080" -o

# Link-local addresses that Ballast made are its own like any other: what get printed keeps them.
cat >"$LAB_RUN/local.yaml" <<EOF
apiVersion: ballast/v1
kind: Address
metadata: {name: four}
spec: {nodes: [director], interface: eth0, address: 169.254.7.1/24}
---
apiVersion: ballast/v1
kind: Address
metadata: {name: six}
spec: {nodes: [director], interface: eth0, address: 'fe80::53/64'}
EOF
apply_manifest director "$LAB_RUN/local.yaml"
ballast_on director get >"$LAB_RUN/got-local.yaml"
assert_eq "writes of apply of what get printed" 0 "$(writes_of director apply -f "$LAB_RUN/got-local.yaml")"
assert_contains "link-local addresses" "$(on director ip addr show dev eth0)" 169.254.7.1/24 fe80::53/64
assert_eq "addresses in what get printed" "169.254.7.1/24 fe80::53/64" \
  "$(grep -o '169[.]254[^" ]*\|fe80:[^" ]*/64' <(grep address: "$LAB_RUN/got-local.yaml") | paste -sd ' ')"

# What ipvsadm can say and a manifest cannot is named and left out; apply takes the rest.
on director ipvsadm -A -t 10.0.0.150:80 -s none
on director ipvsadm -A -t 10.0.0.151:80 -s rr
on director ipvsadm -a -t 10.0.0.151:80 -r 10.0.0.11:80 -g -w 70000
on director ipvsadm -a -t 10.0.0.151:80 -r 10.0.0.12:80 -g -w 7
expect_status 0 ballast_on director get
assert_contains "what was left out" "$stderr" "service tcp 10.0.0.150:80: scheduler 'none'" \
  "destination 10.0.0.11:80 of tcp 10.0.0.151:80: weight 70000"
echo "$stdout" >"$LAB_RUN/got-foreign.yaml"
assert_contains "what is left" "$stdout" 10.0.0.151 "weight: 7"
expect_status 0 ballast_on director validate -f "$LAB_RUN/got-foreign.yaml"
