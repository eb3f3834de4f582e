# Ballast and a real keepalived in one VRRP group, version 3 and version 2 with a password, each in each role: election by
# priority, take-over when the MASTER stops or dies, return with preemption and none without, ties by address.
# needs: none
# timeout: 200
host one eth0 10.0.0.1/24
host two eth0 10.0.0.2/24
vip=10.0.0.100/24

# manifest VERSION PRIORITY [FIELDS]: host one is Ballast.
manifest() {
  cat >"$LAB_RUN/cluster.yaml" <<YAML
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: web}
spec:
  virtualRouterId: 51
  interface: eth0
  version: $1
  addresses: [$vip]
  routers: [{node: one, priority: $2}]
${3-}
YAML
}

# keepalived VERSION PRIORITY [LINES]: host two.
keepalived_with() {
  run_keepalived two <<CONF
global_defs { vrrp_version $1 }
vrrp_instance web {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority $2
  advert_int 1
  virtual_ipaddress { $vip dev eth0 }
  ${3-}
}
CONF
}
password=$'authentication {\n auth_type PASS\n auth_pass s3cret\n }'

echo "version 3: the higher priority is MASTER, whoever it is"
manifest 3 150
keepalived_with 3 100
run_ballast one "$LAB_RUN/cluster.yaml"
await_holder 8 $vip one two
echo "it stops: the other takes over; it returns and preempts"
stop_node one
await_holder 5 $vip two one
run_ballast one "$LAB_RUN/cluster.yaml"
await_holder 8 $vip one two
echo "it is killed: its lease ends by itself, and the other alone holds the VIP"
stop_node one KILL
await_holder 8 $vip two one
echo "without preemption it stays BACKUP"
manifest 3 150 "  preempt: false"
run_ballast one "$LAB_RUN/cluster.yaml"
wait_until 5 "BACKUP" grep -q "INIT -> BACKUP" "$LAB_RUN/hosts/one/log/run.log"
dump_start one eth0 vrrp
heard_four() { (($(grep -c "10.0.0.2 > 224.0.0.18" "$LAB_RUN/hosts/one/log/tcpdump.out") >= 4)); }
wait_until 8 "four more advertisements" heard_four
assert_eq "holder" two "$(holders $vip one two)"
assert_lacks "packets" "$(dump_stop one)" "10.0.0.1 > 224.0.0.18"
echo "keepalived stops: Ballast takes over within the skew time"
stop_node two
await_holder 3 $vip one two
stop_node one
assert_eq "holder after both have stopped" "" "$(holders $vip one two)"

echo "version 2 with a password: keepalived is MASTER, Ballast its standby"
manifest 2 100 "  authentication: {type: PASS, password: s3cret}"
keepalived_with 2 150 "$password"
await_holder 8 $vip two one
run_ballast one "$LAB_RUN/cluster.yaml"
wait_until 5 "BACKUP" grep -q "BACKUP" "$LAB_RUN/hosts/one/log/run.log"
echo "keepalived dies: both its processes at once; Ballast takes over"
kill_keepalived two
on two ip addr del $vip dev eth0
await_holder 6 $vip one two
stop_node one
