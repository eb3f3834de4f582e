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

# outside_nginx HOST: a web server there that answers / with the host's name.
outside_nginx() {
  local directory=$LAB_WORK/outside/www-$1
  mkdir -p "$LAB_RUN/work/outside/www-$1"
  {
    echo "pid $directory/pid; error_log $directory/error.log; worker_processes 1; worker_rlimit_nofile 65536;"
    echo "events { worker_connections 32768; } http { access_log off; client_body_temp_path $directory/1;"
    echo "proxy_temp_path $directory/2; fastcgi_temp_path $directory/3; uwsgi_temp_path $directory/4; scgi_temp_path $directory/5;"
    echo "server { listen 80 backlog=8192; location = / { default_type text/plain; return 200 \"$1\\n\"; } } }"
  } >"$LAB_RUN/work/outside/www-$1/nginx.conf"
  outside ip netns exec "$1" nginx -c "$directory/nginx.conf" -p "$directory"
}
