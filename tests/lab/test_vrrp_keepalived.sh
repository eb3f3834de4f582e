# Ballast and a real keepalived in one VRRP group: version 3, version 2 with PASS and with AH, IPv4 and IPv6, multicast and
# unicast, each of the two as the better node. Every row: election by priority, take-over on stop, on kill and on link loss,
# return with preemption, none without, and a tie decided by address. The rows run side by side, each on networks of its own.
# needs: none
# timeout: 400
lab_poll=0.2  # many rows poll at once
patience=45

# row NAME VERSION AUTHENTICATION FAMILY CAST: its two pairs of hosts. The better node has the lower address, so that a tie
# is decided against it.
rows=()
row() {
  rows+=("$*")
  local better node place
  for better in ballast keepalived; do
    network "$(network_of "$1" "$better")"
    for node in ballast keepalived; do
      host "$1-$better-$node"
      place=$(place_of "$better" "$node")
      plug "$1-$better-$node" "$(network_of "$1" "$better")" eth0 "10.0.0.$place/24"
      if [[ $4 == 6 ]]; then make_ipv6 "$1-$better-$node" "$place"; fi
    done
  done
}
network_of() { echo "$1-${2:0:1}"; }
place_of() { [[ $1 == "$2" ]] && echo 1 || echo 2; }

# A link-local address that follows from the place and needs no probing, and another that outlives the loss of the link.
make_ipv6() {
  on "$1" sysctl -qw net.ipv6.conf.eth0.{accept_dad=0,dad_transmits=0,keep_addr_on_down=1}
  on "$1" ip link set eth0 down
  on "$1" ip link set eth0 address "02:00:00:00:00:0$2"
  on "$1" ip link set eth0 up
  on "$1" ip addr add "2001:db8::$2/64" dev eth0 nodad
}

# In a row's own shell: $name, $version, $authentication, $family, $cast; $better; $one and $two are the better host and the other.
is_ballast() { [[ $1 == *-ballast ]]; }
log_of() { is_ballast "$1" && echo "$LAB_RUN/hosts/$1/log/run.log" || echo "$LAB_RUN/hosts/$1/log/keepalived.log"; }
address_of() { [[ $family == 6 ]] && echo "2001:db8::$1" || echo "10.0.0.$1"; }

# start HOST PRIORITY [no]: preempting or not.
start() {
  local place other
  place=$(place_of "$better" "${1##*-}")
  other=$((3 - place))
  if is_ballast "$1"; then start_ballast "$@"; else start_keepalived "$@"; fi
}
start_ballast() {
  {
    echo "apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: web}
spec:
  virtualRouterId: 51
  interface: eth0
  version: $version
  preempt: $([[ ${3-} == no ]] && echo false || echo true)
  addresses: [\"$vip\"]"
    if [[ $authentication != none ]]; then echo "  authentication: {type: $authentication, password: s3cret}"; fi
    if [[ $cast == unicast ]]; then
      echo "  unicast: true
  routers: [{node: $1, priority: $2, source: \"$(address_of "$place")\"}, {node: other, priority: 10, source: \"$(address_of "$other")\"}]"
    else
      echo "  routers: [{node: $1, priority: $2}]"
    fi
  } >"$LAB_RUN/hosts/$1/cluster.yaml"
  run_ballast "$1" "$LAB_RUN/hosts/$1/cluster.yaml"
}
start_keepalived() {
  run_keepalived "$1" <<CONF
global_defs { vrrp_version $version }
vrrp_instance web {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority $2
  advert_int 1
  $([[ ${3-} != no ]] || echo nopreempt)
  $([[ $authentication == none ]] || printf 'authentication {\n auth_type %s\n auth_pass s3cret\n }\n' "$authentication")
  $([[ $cast != unicast ]] || printf 'unicast_src_ip %s\n unicast_peer { %s }\n' "$(address_of "$place")" "$(address_of "$other")")
  virtual_ipaddress { $vip dev eth0 }
}
CONF
}
# A crash of the machine: the addresses of a dead keepalived would stay.
crash() {
  if is_ballast "$1"; then
    stop_node "$1" KILL
  else
    kill_keepalived "$1"
    on "$1" ip addr del "$vip" dev eth0
  fi
}
await() {
  echo "$name, $better is better: $3"
  await_holder $patience "$vip" "$1" "$2"
}

# The port of a host on its switch; without it the host has no carrier.
port_of() { ip -o link show | grep -oP "^\d+: \K[^@:]+(?=.*alias $1 )"; }
lose_link() { if [[ $cast == unicast ]]; then ip link set "$(port_of "$1")" down; else on "$1" ip link set eth0 down; fi; }
mend_link() { if [[ $cast == unicast ]]; then ip link set "$(port_of "$1")" up; else on "$1" ip link set eth0 up; fi; }
in_fault() { tail -n +"$(($2 + 1))" "$(log_of "$1")" | grep -qE -- "-> FAULT|Entering FAULT STATE"; }

# Advertisements that HOST has sent since `dump_start` there.
advertised() {
  local source=10.0.0.$(place_of "$better" "${1##*-}")
  if [[ $family == 6 ]]; then source="2001:db8::$(place_of "$better" "${1##*-}")|fe80::"; fi
  (($(grep -cE "IP6? \(?.*($source).* > " "$LAB_RUN/hosts/$1/log/tcpdump.out") >= $2))
}

play() {
  local lines
  start "$two" 100
  start "$one" 150
  await "$one" "$two" "the higher priority is MASTER"
  stop_node "$one"
  await "$two" "$one" "it stops"
  start "$one" 150
  await "$one" "$two" "it returns and preempts"
  crash "$one"
  await "$two" "$one" "it dies"
  start "$one" 150
  await "$one" "$two" "it is started again"
  lines=$(wc -l <"$(log_of "$one")")
  lose_link "$one"
  await "$two" "$one" "it loses its link"
  wait_until $patience "$one in FAULT" in_fault "$one" "$lines"
  mend_link "$one"
  await "$one" "$two" "its link is back"

  stop_node "$one"
  await "$two" "$one" "it stops again"
  start "$one" 150 no
  dump_start "$two" eth0 -Q out 'ip proto 112 or ip proto 51 or ip6 proto 112'
  wait_until $patience "advertisements" advertised "$two" 6
  dump_stop "$two" >/dev/null
  echo "$name, $better is better: it returns and does not preempt"
  assert_eq "holder" "$two" "$(holders "$vip" "$one" "$two")"

  stop_node "$one"
  stop_node "$two"
  assert_eq "holders after both have stopped" "" "$(holders "$vip" "$one" "$two")"
  split
  start "$one" 100
  start "$two" 100
  echo "$name, $better is better: a split"
  wait_until $patience "both to hold it" both_hold
  heal
  await "$two" "$one" "of two MASTERs with one priority, the higher address stays"
  stop_node "$two"
  await "$one" "$two" "the last one"
  stop_node "$one"
}
split() { ip link set "$(port_of "$two")" nomaster; }
heal() { ip link set "$(port_of "$two")" master "$(network_of "$name" "$better")"; }
both_hold() { holds "$one" "$vip" && holds "$two" "$vip"; }

play_all() {
  local row better one two vip other pids=() failed=0
  for row in "${rows[@]}"; do
    for better in ballast keepalived; do
      (
        read -r name version authentication family cast <<<"$row"
        one=$name-$better-$better
        other=$([[ $better == ballast ]] && echo keepalived || echo ballast)
        two=$name-$better-$other
        [[ $family == 6 ]] && vip=2001:db8::100/64 || vip=10.0.0.100/24
        play >"$LAB_RUN/$name-$better" 2>&1
      ) &
      pids+=($!)
    done
  done
  for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
  for row in "${rows[@]}"; do
    for better in ballast keepalived; do tail -n $((failed == 1 ? 20 : 0)) "$LAB_RUN/${row%% *}-$better"; done
  done
  return $failed
}

row v3-m 3 none 4 multicast
row v3-u 3 none 4 unicast
row v36-m 3 none 6 multicast
row v36-u 3 none 6 unicast
row pass-m 2 PASS 4 multicast
row pass-u 2 PASS 4 unicast
row ah-m 2 AH 4 multicast
row ah-u 2 AH 4 unicast
play_all
