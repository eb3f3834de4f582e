# Hosts and networks. A host is a process that holds network, mount and host-name namespaces: it has its own interfaces,
# its own /run and /var/log, and its own name, so programs with fixed paths run on many hosts at once.
# shellcheck shell=bash
declare -A lab_host_pid=() lab_networks=()
lab_hosts=()
lab_ports=0

# network NAME: a switch that hosts are plugged into.
network() {
  ip link add "$1" type bridge mcast_snooping 0
  ip link set "$1" up
  lab_networks[$1]=yes
}

# host NAME [DEVICE ADDRESS/LENGTH...]: a new host; with a device, plugged into the network "lan".
host() {
  local name=$1 directory=$LAB_RUN/hosts/$1 output ready
  mkdir -p "$directory"/{log,www/slow,run/lab,run/lock}
  exec {output}< <(exec unshare --net --mount --uts "$LAB_SOURCE/tests/lab/hold_host" "$name")
  lab_host_pid[$name]=$!
  lab_hosts+=("$name")
  read -r ready <&"$output" && [[ $ready == ready ]] || fail "cannot make host $name"
  exec {output}<&-
  if (($# > 1)); then
    [[ -n ${lab_networks[lan]-} ]] || network lan
    plug "$name" lan "${@:2}"
  fi
}

# plug HOST NETWORK DEVICE ADDRESS/LENGTH...
plug() {
  local name=$1 network=$2 device=$3 address port
  port=port$((lab_ports += 1))
  ip link add "$port" type veth peer name "$device" netns "${lab_host_pid[$name]}"
  ip link set "$port" master "$network" up alias "$name $device"
  {
    for address in "${@:4}"; do echo "addr add $address dev $device"; done
    echo "link set $device up"
  } | on "$name" ip -batch -
}

# on HOST COMMAND...
on() { (lab_become "$@"); }

# lab_become HOST COMMAND...: instead of this shell; in the background, $! is then the command's own process.
lab_become() {
  local pid=${lab_host_pid[$1]}
  exec nsenter --net="/proc/$pid/ns/net" --mount="/proc/$pid/ns/mnt" --uts="/proc/$pid/ns/uts" --wd="$PWD" "${@:2}"
}

# route HOST DESTINATION GATEWAY
route() { on "$1" ip route add "$2" via "$3"; }
