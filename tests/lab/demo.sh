# The main job, played on the five hosts of manifests/nginx-dr and printed as a transcript. Also a test: what it tells is
# checked, step by step.
# timeout: 240

style() { [[ -z ${LAB_TERMINAL-} ]] && echo "$2" || printf '\033[%sm%s\033[0m\n' "$1" "$2"; }
say() {
  echo
  printf '%s\n' "$@" | while IFS= read -r line; do style 36 "# $line"; done
}

# A command as its operator types it.
typed() {
  local word words=()
  for word in "$@"; do
    [[ $word =~ ^[A-Za-z0-9._:/=+-]+$ ]] && words+=("$word") || words+=("'$word'")
  done
  echo "${words[*]}"
}

# show HOST STATUS COMMAND...: prints prompt, command, and what it says, as the host's operator sees it.
show() {
  local host=$1 expected=$2 status=0
  shift 2
  echo
  style 1 "$host# $(typed "$@")"
  on "$host" env PATH="$LAB_BUILD:$PATH" "$@" 2>&1 || status=$?
  ((status == expected)) || fail "exit status $status, not $expected"
}

# show_requests FIRST WHOSE: four of the client's addresses ask once each.
show_requests() {
  local answers
  echo
  style 1 "client# curl http://192.168.197.120/     (from each of $2)"
  answers=$(ask_nginx "$1")
  echo "$answers"
  assert_eq "answers" $'2 nginx-130\n2 nginx-131' "$(tally <<<"$answers")"
}

cd "$LAB_SOURCE/manifests/nginx-dr"
style 1 "Ballast: one file for a whole load-balancing cluster"
say "Two directors, two nginx and a client, on one network:" \
  "" \
  "                            client" \
  "                              |" \
  "      --------+---------------+------+---------------+------" \
  "              |               |      |               |" \
  "           lvs-128         lvs-129   nginx-130    nginx-131" \
  "          director         standby   real server  real server" \
  "" \
  "Clients ask the virtual IP 192.168.197.120; nobody has it yet. Booting ..."
make_nginx_dr_hosts

say "This is all that the operator wrote. The same file goes to every machine."
show lvs-128 0 grep -v '^#' cluster.yaml

say "Before touching anything: what would change on the first director?"
show lvs-128 1 ballast diff -f cluster.yaml --as-master web

say "Do it, and on the other machines as well. Each takes its own part by its host name." \
  "(VRRP will decide who holds the address; until then --as-master says it.)"
show lvs-128 0 ballast apply -f cluster.yaml --as-master web
for node in lvs-129 nginx-130 nginx-131; do show "$node" 0 ballast apply -f cluster.yaml; done

say "The kernel, asked by its own tool:"
show lvs-128 0 ipvsadm -Ln

say "Requests through the virtual IP alternate between the two nginx. (A client stays with its server for 5 s," \
  "so that four addresses ask here.)"
show_requests 0 "four addresses"

say "Now somebody with root and no caffeine removes a destination and the virtual IP by hand:"
show lvs-128 0 ipvsadm -d -t 192.168.197.120:80 -r 192.168.197.131:80
show lvs-128 0 ip addr del 192.168.197.120/24 dev ens33
show client 28 curl --silent --show-error --max-time 2 http://192.168.197.120/

say "The manifest still knows what ought to be there. diff shows what is missing:"
show lvs-128 1 ballast diff -f cluster.yaml --as-master web

say "apply puts back exactly that, and nothing else:"
show lvs-128 0 ballast apply -f cluster.yaml --as-master web
show_requests 4 "four others"

say "Once more: there is nothing to do, so nothing is written."
show lvs-128 0 ballast apply -f cluster.yaml --as-master web

# Whether nginx-131 is in the table of a director.
serves() { on "$1" ipvsadm -Sn | grep -q -- "-r 192.168.197.131:80"; }
serves_not() { ! serves "$1"; }

say "That was by hand. Now the loop: on both directors \"ballast run -f cluster.yaml\" starts, and stays. By VRRP the two agree" \
  "who holds the address, and they ask the nginx whether they are well."
for node in lvs-128 lvs-129; do
  style 1 "$node# ballast run -f cluster.yaml &"
  run_ballast "$node" "$PWD/cluster.yaml"
done
wait_until 60 "lvs-128 to be MASTER" grep -q -- "-> MASTER" "$LAB_RUN/hosts/lvs-128/log/run.log"
await_holder 60 192.168.197.120 lvs-128 lvs-129
wait_until 60 "both nginx to pass their checks" ballast_on lvs-128 status >/dev/null 2>&1
show lvs-128 0 ballast status

say "nginx-131 dies. Nobody does anything; seconds later it gets no clients any more:"
style 1 "nginx-131# nginx -s stop"
kill -TERM "$(<"$LAB_RUN/hosts/nginx-131/nginx.pid")"
wait_until 60 "nginx-131 to be thrown out" serves_not lvs-128
show lvs-128 0 ipvsadm -Ln
nginx_on nginx-131
wait_until 60 "nginx-131 to be back" serves lvs-128

say "It is back. Somebody flushes the whole table on the director. Within a second it is as it was, and the log says why:"
show lvs-128 0 ipvsadm -C
wait_until 60 "the table to be back" serves lvs-128
show lvs-128 0 ballast events

say "The first director stops. The other holds the address at once:"
style 1 "lvs-128# systemctl stop ballast"
stop_node lvs-128
await_holder 60 192.168.197.120 lvs-129 lvs-128
show lvs-129 0 ip -brief address show ens33
wait_until 60 "both nginx behind the other director" serves lvs-129
show_requests 0 "four addresses"
stop_node lvs-129
echo
