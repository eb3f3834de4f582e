# What a host has, read from /proc without a new process, of which each costs User-mode Linux dearly: for waiting. What is then
# asserted comes from ip and ipvsadm.
# shellcheck shell=bash

# has_address HOST ADDRESS: of IPv4.
has_address() {
  local lines
  mapfile -t lines <"/proc/${lab_host_pid[$1]}/net/fib_trie"
  [[ "${lines[*]}" =~ "|-- $2 "\ +"/32 host LOCAL" ]]
}

# has_destinations HOST "SERVER WEIGHT"...: these and no others, of IPv4.
has_destinations() {
  local lines line weight a b c d port wanted=("${@:2}") found=0
  mapfile -t lines <"/proc/${lab_host_pid[$1]}/net/ip_vs"
  for line in "${lines[@]}"; do
    [[ $line =~ ^\ *"-> "([0-9A-F]{2})([0-9A-F]{2})([0-9A-F]{2})([0-9A-F]{2}):([0-9A-F]{4})\ +[A-Z][a-z]+\ +([0-9]+)\  ]] || continue
    a=$((16#${BASH_REMATCH[1]})) b=$((16#${BASH_REMATCH[2]})) c=$((16#${BASH_REMATCH[3]})) d=$((16#${BASH_REMATCH[4]}))
    port=$((16#${BASH_REMATCH[5]})) weight=${BASH_REMATCH[6]}
    [[ " ${wanted[*]/#/,} " == *" ,$a.$b.$c.$d:$port $weight "* ]] || return 1
    ((found += 1))
  done
  ((found == ${#wanted[@]}))
}
