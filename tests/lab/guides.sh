# The guides in manifests/ that start from keepalived: what a guide's own verification section does, played on its
# directors by `ballast run`, with the manifest that was written by hand and with what `ballast import` makes of the guide's
# keepalived configuration; and what the kernel has then, beside what keepalived itself makes of that configuration.
# shellcheck shell=bash
#
# A guide's test says what is its own and calls play_guide:
#   guide            its folder in manifests/
#   directors        both of them
#   homes            [VIP/LENGTH]=DIRECTOR, the one that holds it while both are there
#   members          "SERVER WEIGHT" of all destinations; members_left: while one server is stopped
#   remarks          what the import has to tell beside what is not needed, without the files' directory
#   ask              a function: requests through the VIPs; prints who answered, one a line
#   servers          those who answer; servers_left: while one is stopped
#   stop_server, start_server
declare -A homes=()
compare_failures=  # any: also the kernel's state while a server is stopped
guide_patience=90

other_director() { [[ $1 == "${directors[0]}" ]] && echo "${directors[1]}" || echo "${directors[0]}"; }

# The directors have the guide's keepalived files where they belong.
place_keepalived_files() {
  local director
  for director in "${directors[@]}"; do
    on "$director" mount --bind "$LAB_SOURCE/manifests/$guide/keepalived" /etc/keepalived
  done
}

# import_guide FILE: the manifest of the files of all directors.
import_guide() {
  local director arguments=()
  for director in "${directors[@]}"; do arguments+=(--node "$director=/etc/keepalived/$director.conf"); done
  expect_status "$([[ -z $remarks ]] && echo 0 || echo 1)" ballast_on "${directors[0]}" import keepalived "${arguments[@]}"
  echo "$stdout" >"$1"
  assert_eq "what the import has to tell" "$remarks" \
    "$(sed 's|/etc/keepalived/||g' <<<"$stderr" | grep -v -e ": not needed: " -e "^note: " || true)"
  ballast_on "${directors[0]}" validate -f "$1" >/dev/null
}

# await_homes: each VIP is held by its own director alone. await_all_on DIRECTOR: all of them by that one.
await_homes() {
  local vip
  for vip in "${!homes[@]}"; do await_vip "$vip" "${homes[$vip]}"; done
}
await_all_on() {
  local vip
  for vip in "${!homes[@]}"; do await_vip "$vip" "$1"; done
}
await_vip() {
  wait_until "$guide_patience" "$2 to hold $1" has_address "$2" "${1%/*}"
  await_holder "$guide_patience" "$1" "$2" "$(other_director "$2")"
}

# await_members "SERVER WEIGHT"...: both directors have these destinations.
await_members() {
  local director
  for director in "${directors[@]}"; do
    wait_until "$guide_patience" "destinations of $director to be: $*" has_destinations "$director" "$@"
    await_weights "$guide_patience" "$director" "$@"
  done
}

# make_clients HOST ADDRESS SERVER...: HOST, at ADDRESS, speaks for all clients of 10.9.0.0/16, who are behind it to the others.
# ask_as_new URL: from four of them that have not asked yet, so that no persistence decides.
make_clients() {
  local server
  lab_clients=$1
  on "$1" ip route add local 10.9.0.0/16 dev lo
  for server in "${@:3}"; do route "$server" default "$2"; done
}
ask_as_new() {
  local asked=$LAB_RUN/tmp/asked addresses=() last=0
  [[ ! -e $asked ]] || last=$(<"$asked")
  while ((${#addresses[@]} < 4)); do addresses+=("10.9.$((++last / 250)).$((last % 250 + 1))"); done
  echo "$last" >"$asked"
  fetch_from "$lab_clients" "$1" "${addresses[@]}"
}

answered_by() { [[ $(ask | sort -u) == "$1" ]]; }
# await_answers SERVER...: through the VIPs these answer, and nobody else.
await_answers() { wait_until "$guide_patience" "answers of $*" answered_by "$(printf '%s\n' "$@" | sort)"; }

# kernel_state HOST: IPVS with its thresholds, timeouts and sync daemons, and all addresses but the link-local ones, with whatever `ip` says of them.
# Deliberately different, and so left out: a VIP of Ballast is a lease (its lifetime), and marked as Ballast's.
kernel_state() {
  on "$1" sh -c 'ipvsadm -Sn; ipvsadm -Ln --timeout; ipvsadm -Ln --daemon
    ipvsadm -Ln --thresholds | awk "\$4 ~ /^[0-9]+\$/ {print \"thresholds\", \$2, \$3, \$4}"' | sort
  on "$1" ip -json addr | jq -cS '.[] | .ifname as $device | .addr_info[]? | select(.scope != "link")
    | del(.dynamic, .valid_life_time, .preferred_life_time, .protocol) | {$device} + .'
}
states() {
  local director
  for director in "${directors[@]}"; do
    echo "# $director"
    kernel_state "$director"
  done
}

# forget_tables: as after a boot. keepalived leaves its timeouts behind, and Ballast its services.
forget_tables() {
  local director
  for director in "${directors[@]}"; do
    on "$director" ipvsadm -C
    on "$director" ipvsadm --set 900 120 300
  done
}

stop_directors() {
  local director
  for director in "${directors[@]}"; do stop_node "$director"; done
}

# play_keepalived: the kernel's states with it are then $keepalived_states.
play_keepalived() {
  local director
  for director in "${directors[@]}"; do run_whole_keepalived "$director" "/etc/keepalived/$director.conf"; done
  await_homes
  await_members "${members[@]}"
  keepalived_states=$(states)
  if [[ -n $compare_failures ]]; then
    stop_server
    await_members "${members_left[@]}"
    keepalived_states+=$'\n'$(states)
    start_server
  fi
  stop_directors
  forget_tables
}

# play_ballast FILE: the guide's verification section; the kernel's states are then $ballast_states. The directors go on.
play_ballast() {
  local director
  guide_manifest=$1
  for director in "${directors[@]}"; do start_director "$director"; done
  await_homes
  await_members "${members[@]}"
  ballast_states=$(states)
  await_answers "${servers[@]}"

  echo "  the first director stops"
  stop_node "${directors[0]}"
  await_all_on "${directors[1]}"
  await_answers "${servers[@]}"

  echo "  it comes back, and a server stops"
  stop_server
  start_director "${directors[0]}"
  await_homes
  await_members "${members_left[@]}"
  if [[ -n $compare_failures ]]; then ballast_states+=$'\n'$(states); fi
  await_answers "${servers_left[@]}"

  echo "  it comes back, too"
  start_server
  await_members "${members[@]}"
  await_answers "${servers[@]}"
}
start_director() { run_ballast "$1" "$guide_manifest"; }

# play_guide [FILE]: the directors run with FILE, the manifest that was written by hand, when it returns.
play_guide() {
  lab_poll=0.3  # what polls should leave the processor to what is waited for
  place_keepalived_files
  import_guide "$LAB_RUN/imported.yaml"
  echo "keepalived"
  play_keepalived
  echo "Ballast with the imported manifest"
  play_ballast "$LAB_RUN/imported.yaml"
  assert_eq "tables and addresses, of keepalived and of Ballast with what was imported" "$keepalived_states" "$ballast_states"
  stop_directors
  forget_tables
  echo "Ballast with the manifest that was written by hand"
  play_ballast "${1-$LAB_SOURCE/manifests/$guide/cluster.yaml}"
}
