# keepalived with a configuration of its own, and Ballast with what `import` makes of it, program the same IPVS table and
# hold the same addresses.
host keepalived eth0 10.0.0.2/24
host ballast eth0 10.0.0.3/24
for n in 11 12; do
  host "web-$n" eth0 "10.0.0.$n/24"
  nginx_on "web-$n" 80 8080
done

cat >"$LAB_RUN/keepalived.conf" <<'EOF2'
! every way to say it
$NET=10.0.0
global_defs {
  router_id LVS_1
  vrrp_garp_master_delay 1
}
vrrp_script up { script "/bin/true"
  interval 1
  weight 10 }
vrrp_instance WEB {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority 100
  advert_int 1
  virtual_ipaddress {
    ~SEQ(I, 100, 102) ${NET}.${I}/24
    ${NET}.103/24 dev eth0 label eth0:v
  }
  virtual_ipaddress_excluded { ${NET}.104/32 }
  track_script { up }
}
$RS= \
real_server ${NET}.${N} ${PORT} { \
  weight ${N} \
  TCP_CHECK { \
    connect_timeout 3 \
    connect_port 80 \
  } \
}
virtual_server ${NET}.100 80 {
  delay_loop 2
  lvs_sched wrr
  lvs_method DR
  persistence_timeout 50
  protocol TCP
  $PORT=8080
  ~LST(N, 11, 12) $RS
}
virtual_server ${NET}.101 80 {
  delay_loop 2
  lvs_sched mh
  mh-port
  lvs_method NAT
  protocol TCP
  sorry_server ${NET}.99 8099
  ~LST(N, 11, 12) $RS
}
virtual_server_group G { ${NET}.102-103 443
  fwmark 7 }
virtual_server group G {
  lvs_sched foo
  lvs_method TUN
  protocol TCP
  real_server ${NET}.11 443 { weight 3
    uthreshold 100
    lthreshold 50 }
}
virtual_server ${NET}.100 53 {
  lvs_sched rr
  lvs_method DR
  ops
  real_server ${NET}.12 53 { weight 0 }
}
virtual_server ${NET}.103 {
  lvs_sched sh
  lvs_method DR
  protocol TCP
  real_server ${NET}.11 0 { weight 1 }
}
EOF2

manifest=$LAB_RUN/cluster.yaml
expect_status 1 ballast_on ballast import keepalived "$LAB_RUN/keepalived.conf" --node ballast
echo "$stdout" >"$manifest"
assert_contains "remarks" "$stderr" "scheduler foo is unknown: keepalived takes wlc" "DR cannot change the port" \
  "no protocol: keepalived takes UDP" "port 0 (every port) needs persistence"
ballast_on ballast validate -f "$manifest" >/dev/null

# keepalived, with all of its processes.
run_whole_keepalived keepalived "$LAB_RUN/keepalived.conf"
await_holder 60 10.0.0.100/24 keepalived ballast
wait_until 60 "keepalived's table" eval '[[ $(ipvs keepalived | wc -l) == 16 ]]'
vips() { on "$1" ip -json addr show dev eth0 | jq -r '.[].addr_info[] | select(.family == "inet") | "\(.local)/\(.prefixlen)"' | grep -vE '\.(2|3)/24$' | sort; }
table=$(ipvs keepalived)
held=$(vips keepalived)
stop_node keepalived
wait_until 30 "keepalived to give the VIPs up" lacks keepalived 10.0.0.100/24

run_ballast ballast "$manifest"
await_holder 90 10.0.0.100/24 ballast keepalived
wait_until 60 "all VIPs" eval '[[ $(vips ballast) == "$held" ]]'
assert_eq "addresses" "$held" "$(vips ballast)"
assert_eq "ipvsadm -Sn" "$table" "$(ipvs ballast)"
