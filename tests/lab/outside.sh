# The world outside of the guest, for tests that need `outside`: programs that are too large or too slow for a guest with one
# processor run in the kernel that this machine has, in network namespaces of the test's own, and meet the guest's hosts
# on its network.
# shellcheck shell=bash
lab_orders=0

# join_outside NETWORK: the guest's network and the bridge "outside" of the running kernel are one.
join_outside() {
  [[ -n ${lab_networks[$1]-} ]] || network "$1"
  ip link set vec0 master "$1" up
}

# outside COMMAND...: runs it there, prints what it says, and has its status. Not in a subshell: see outside_begin.
outside() {
  local order
  outside_begin order "$@"
  outside_end "$order"
}

# outside_begin VARIABLE COMMAND...: the same in the background; VARIABLE gets what outside_end wants.
outside_begin() {
  local -n order_=$1
  shift
  order_=$LAB_RUN/work/outside/$((lab_orders += 1))
  printf '%q ' "$@" >"$order_.new"
  mv "$order_.new" "$order_"
}

# outside_end ORDER: awaits its end.
outside_end() {
  local status
  while [[ ! -e $1.done ]]; do sleep 0.05; done
  cat "$1.output"
  read -r status <"$1.done"
  return "$status"
}

# outside_host NAME ADDRESS/LENGTH...: a host of the running kernel, on the bridge; its processes by `outside ip netns exec NAME`.
outside_host() {
  local name=$1 address
  {
    echo "set -e; ip netns add $name; ip -n $name link set lo up"
    echo "ip link add port-$name type veth peer name eth0 netns $name; ip link set port-$name master outside up"
    for address in "${@:2}"; do echo "ip -n $name addr add $address dev eth0"; done
    echo "ip -n $name link set eth0 up"
  } >"$LAB_RUN/work/outside/$name.sh"
  outside bash "$LAB_WORK/outside/$name.sh"
}
