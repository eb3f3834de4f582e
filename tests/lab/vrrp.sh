# VRRP nodes: `ballast run` and real keepalived processes as the two sides of a group, and who holds a VIP when.
# shellcheck shell=bash
declare -A lab_node_pid=()

# run_ballast HOST FILE [OPTION...]: in the background; its log is hosts/HOST/log/run.log.
run_ballast() {
  lab_become "$1" "$BALLAST" run -f "$2" "${@:3}" >>"$LAB_RUN/hosts/$1/log/run.log" 2>&1 &
  lab_node_pid[$1]=$!
}

# run_keepalived HOST: with the configuration on stdin.
run_keepalived() {
  local directory=$LAB_RUN/hosts/$1
  cat >"$directory/keepalived.conf"
  lab_become "$1" keepalived --vrrp --dont-fork --log-console --log-detail --use-file "$directory/keepalived.conf" \
    --pid "$directory/keepalived.pid" --vrrp_pid "$directory/vrrp.pid" >>"$directory/log/keepalived.log" 2>&1 &
  lab_node_pid[$1]=$!
}

# run_whole_keepalived HOST FILE: with its checkers.
run_whole_keepalived() {
  local directory=$LAB_RUN/hosts/$1
  lab_become "$1" keepalived --dont-fork --log-console --log-detail --use-file "$2" --pid "$directory/keepalived.pid" \
    --vrrp_pid "$directory/vrrp.pid" --checkers_pid "$directory/checkers.pid" >>"$directory/log/keepalived.log" 2>&1 &
  lab_node_pid[$1]=$!
}

# stop_node HOST [SIGNAL]: ends what run_* has started, TERM by default, and waits for its end.
stop_node() {
  kill "-${2-TERM}" "${lab_node_pid[$1]}"
  wait "${lab_node_pid[$1]}" || true
}

# kill_keepalived HOST: all of its processes at once, as a crash of the machine would. The parent is stopped first: it would
# start its child anew, and the child, told of its parent's death, would still take its VIPs down.
kill_keepalived() {
  local parent=${lab_node_pid[$1]}
  kill -STOP "$parent"
  # shellcheck disable=SC2046
  kill -KILL $(pgrep -P "$parent")
  kill -KILL "$parent"
  wait "$parent" || true
}

# holds HOST VIP
holds() { on "$1" ip -o addr show to "${2%/*}" | grep -q .; }
lacks() { ! holds "$1" "$2"; }
# holders VIP HOST...: those that have it.
holders() {
  local host
  for host in "${@:2}"; do if holds "$host" "$1"; then echo "$host"; fi; done
}
# only_holder VIP HOST OTHER...: HOST has it and none of the others.
only_holder() { [[ $(holders "$1" "${@:2}") == "$2" ]]; }

# await_holder SECONDS VIP HOST OTHER...
await_holder() { wait_until "$1" "$3 alone to hold $2" only_holder "${@:2}"; }
