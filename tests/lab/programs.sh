# Programs on hosts: ballast, web servers, clients, packet dumps; and what the kernel says, in the words of its own tools.
# shellcheck shell=bash

# ballast_on HOST ARGUMENT...: as its operator would; what it said is also kept for the failure report.
ballast_on() {
  local host=$1 log=$LAB_RUN/hosts/$1/log/ballast status=0
  shift
  on "$host" "$BALLAST" "$@" >"$log.out" 2>"$log.err" || status=$?
  {
    echo "# ballast $*"
    cat "$log.out" "$log.err"
    echo "# exit status $status"
  } >>"$log.log"
  cat "$log.out"
  cat "$log.err" >&2
  return "$status"
}

# writes_of HOST ARGUMENT...: how many writes to the kernel `ballast ARGUMENT...` made.
writes_of() { ballast_on "$@" -o json | jq .writes; }

# nginx_on HOST [PORT...]: a web server that answers / with the host's name, and serves $LAB_RUN/hosts/HOST/www; what is
# in www/slow, at 400 kB a second.
nginx_on() {
  local host=$1 directory=$LAB_RUN/hosts/$1 port
  shift
  {
    echo "pid $directory/nginx.pid; error_log $directory/log/nginx.log; worker_processes 1; events {}"
    echo "http { access_log off; client_body_temp_path $directory/body; proxy_temp_path $directory/proxy;"
    echo "fastcgi_temp_path $directory/fastcgi; uwsgi_temp_path $directory/uwsgi; scgi_temp_path $directory/scgi; server {"
    for port in "${@:-80}"; do echo "listen $port; listen [::]:$port;"; done
    echo "root $directory/www; location = / { default_type text/plain; return 200 \"$host\\n\"; }"
    echo "location /slow/ { limit_rate 400k; } } }"
  } >"$directory/nginx.conf"
  on "$host" nginx -c "$directory/nginx.conf" -p "$directory"
}

lab_curl=(curl --silent --show-error --fail --max-time 5 --noproxy '*' --header 'Connection: close')

# fetch HOST URL [CURL OPTION...]: the answer's body.
fetch() { on "$1" "${lab_curl[@]}" "${@:3}" "$2"; }

# fetch_from HOST URL ADDRESS...: one request from each of the client's addresses; the answers, one a line.
fetch_from() {
  local address arguments=()
  for address in "${@:3}"; do arguments+=(--next "${lab_curl[@]:1}" --interface "$address" "$2"); done
  on "$1" curl "${arguments[@]:1}"
}

# fetch_times HOST URL COUNT: so many requests, each by its own connection; the answers, one a line.
fetch_times() {
  local arguments=() count
  for ((count = 0; count < $3; count++)); do arguments+=("$2"); done
  on "$1" "${lab_curl[@]}" "${arguments[@]}"
}

# tally: of the lines read, how often each: "2 nginx-130".
tally() { sort | uniq -c | awk '{print $1, $2}'; }

# ipvs HOST: the whole table in ipvsadm's own words, sorted.
ipvs() { on "$1" ipvsadm -Sn | sort; }

# addresses HOST DEVICE: "192.0.2.1/24 global" a line, without the link-local ones of IPv6.
addresses() {
  on "$1" ip -json addr show dev "$2" |
    jq -r '.[].addr_info[]? | select(.scope != "link") | "\(.local)/\(.prefixlen) \(.scope)"'
}

# kernel_parameter HOST NAME
kernel_parameter() { on "$1" sysctl -n "$2"; }

# apply_manifest HOST FILE [OPTION...]: applies it, and shows that a second apply finds nothing to write.
apply_manifest() {
  ballast_on "$1" apply -f "$2" "${@:3}" >/dev/null
  assert_eq "writes of a second apply on $1" 0 "$(writes_of "$1" apply -f "$2" "${@:3}")"
}

# assert_real_server ADDRESS/LENGTH HOST...: the loopback of each host has it, and ARP stays quiet about it.
assert_real_server() {
  local host quiet=$'1\n2\n1\n2'
  for host in "${@:2}"; do
    assert_contains "lo of $host" "$(addresses "$host" lo)" "$1 "
    assert_eq "ARP settings of $host" "$quiet" "$(on "$host" sysctl -n net.ipv4.conf.{all,lo}.arp_{ignore,announce})"
  done
}

# dump_start HOST DEVICE FILTER...: tcpdump from now on (of each packet so much that its buffer holds thousands); dump_stop HOST ends it and prints what was seen.
declare -A lab_dump_pid=()
dump_start() {
  local log=$LAB_RUN/hosts/$1/log/tcpdump
  : >"$log.log"  # of an earlier dump
  lab_become "$1" tcpdump --immediate-mode -s 256 -lnni "$2" "${@:3}" >"$log.out" 2>"$log.log" &
  lab_dump_pid[$1]=$!
  wait_until 10 "tcpdump on $1" grep -q "^listening" "$log.log"
}

dump_stop() {
  # Ended by a signal it still prints what it has in its buffer.
  kill -TERM "${lab_dump_pid[$1]}"
  wait "${lab_dump_pid[$1]}" || true
  cat "$LAB_RUN/hosts/$1/log/tcpdump.out"
}
