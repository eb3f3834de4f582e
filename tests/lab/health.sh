# What the kernel's tables say of members while `ballast run` checks them. ipvsadm is the oracle.
# shellcheck shell=bash

# weights_of HOST: "10.0.0.11:80 1" a line for each destination, sorted; not those of checks `via: vip`, whose services are
# by firewall mark.
weights_of() {
  on "$1" ipvsadm -Sn | awk '
    $1 == "-a" && !($2 == "-f" && $3 >= 1650458624) {
      for (i = 2; i < NF; i++) { if ($i == "-r") server = $(i + 1); if ($i == "-w") weight = $(i + 1) }
      print server, weight
    }' | sort
}
weights_are() { [[ $(weights_of "$1") == "$2" ]]; }

# await_weights SECONDS HOST "SERVER WEIGHT"...
await_weights() {
  local wanted
  wanted=$(printf '%s\n' "${@:3}" | sort)
  wait_until "$1" "destinations of $2 to be: ${*:3}" weights_are "$2" "$wanted"
}

# A table of checks: each has a service of its own, whose destination says what the check says.
lab_checks=()
declare -A lab_check_at=() lab_check_time=()
# What a loaded machine may add to the time that a check states.
lab_slack_ms=12000

# stated_time CHECKS: the milliseconds within which a member leaves that fails for good, by interval, retries and timeout.
stated_time() {
  local interval=10000 timeout=5000 retries=1
  [[ ! $1 =~ interval:\ ([0-9]+)ms ]] || interval=${BASH_REMATCH[1]}
  [[ ! $1 =~ timeout:\ ([0-9]+)s ]] || timeout=${BASH_REMATCH[1]}000
  [[ ! $1 =~ retries:\ ([0-9]+) ]] || retries=${BASH_REMATCH[1]}
  echo $((interval + (retries + 1) * timeout + retries * 1000))
}

# checked NAME ADDRESS PORT CHECKS [FIELDS OF THE POOL]: prints a service, and its pool of that one member.
checked() {
  lab_checks+=("$1")
  lab_check_at["10.0.0.100:${#lab_checks[@]}"]=$1
  lab_check_time[$1]=$(stated_time "$4")
  cat <<YAML
---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: $1}
spec: {address: 10.0.0.100, port: ${#lab_checks[@]}, scheduler: rr, forwarding: NAT, pool: $1, nodes: [director]}
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: $1}
spec: {members: [{address: $2, port: $3}], checks: [$4]${5-}}
YAML
}

# read_serving: the names of checks whose service has a destination with a weight, into the array `serving`.
read_serving() {
  local table words
  serving=()
  table=$(on director ipvsadm -Sn)
  while read -ra words; do
    if [[ ${words[0]-} == -a && ${words[-1]} != 0 ]]; then serving[${lab_check_at[${words[2]}]}]=yes; fi
  done <<<"$table"
}

# from_now: what await_out prints are times since this call.
declare -A lab_serving_before=()
from_now() {
  local -A serving=()
  local name
  read_serving
  lab_serving_before=()
  for name in "${!serving[@]}"; do lab_serving_before[$name]=yes; done
  lab_change_began=${EPOCHREALTIME/./}
}

# await_out WHAT NAME...: until these have left, each in its stated time, and all others serve. Prints how long each took
# that changed.
await_out() {
  local what=$1 end=$((SECONDS + 90)) name wrong ms took="" wanted=" ${*:2} "
  local -A serving=()
  while :; do
    read_serving
    wrong=""
    for name in "${lab_checks[@]}"; do
      if [[ ${serving[$name]-} == yes ]]; then
        [[ $wanted != *" $name "* ]] || wrong+=" $name serves,"
      else
        [[ $wanted == *" $name "* ]] || wrong+=" $name is out,"
      fi
      [[ ${lab_serving_before[$name]-} != "${serving[$name]-}" ]] || continue
      ms=$(((${EPOCHREALTIME/./} - lab_change_began) / 1000))
      took+=" $name $ms ms,"
      [[ ${serving[$name]-} == yes ]] || ((ms <= lab_check_time[$name] + lab_slack_ms)) ||
        fail "$what: $name left after $ms ms, and has ${lab_check_time[$name]} ms" || return
      lab_serving_before[$name]=${serving[$name]-}
    done
    [[ -n $wrong ]] || break
    ((SECONDS < end)) || fail "$what: waited in vain:$wrong" || return
    sleep 0.02
  done
  echo "$what:${took%,}"
}
