# See tests/bench/detection. Two directors watch one real server, each with its own table; what ipvsadm says is looked at
# every 20 ms on both alike.
# timeout: 3600
host kd eth0 10.0.0.1/24
host bl eth0 10.0.0.2/24
host web eth0 10.0.0.11/24
nginx_on web

# Settings: interval, retries, delay before a retry, timeout; in seconds.
settings=("1 0 1 1" "6 2 3 2")
start_both() {
  local interval=$1 retries=$2 delay=$3 timeout=$4
  cat >"$LAB_RUN/cluster.yaml" <<YAML
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: web}
spec: {address: 10.0.0.100, port: 80, scheduler: rr, forwarding: DR, nodes: [bl], pool: web}
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: web}
spec:
  members: [{address: 10.0.0.11}]
  checks: [{tcp: {timeout: ${timeout}s}, interval: ${interval}s, retries: $retries, retryDelay: ${delay}s}]
YAML
  cat >"$LAB_RUN/hosts/kd/keepalived.conf" <<CONF
virtual_server 10.0.0.100 80 {
  delay_loop $interval
  lb_algo rr
  lb_kind DR
  protocol TCP
  real_server 10.0.0.11 80 {
    TCP_CHECK {
      connect_timeout $timeout
      retry $retries
      delay_before_retry $delay
    }
  }
}
CONF
  lab_become kd keepalived --check --dont-fork --log-console --use-file "$LAB_RUN/hosts/kd/keepalived.conf" \
    --pid "$LAB_RUN/hosts/kd/keepalived.pid" >>"$LAB_RUN/hosts/kd/log/keepalived.log" 2>&1 &
  lab_node_pid[kd]=$!
  run_ballast bl "$LAB_RUN/cluster.yaml"
}
has_member() { on "$1" ipvsadm -Sn | grep -q -- "-r 10.0.0.11:80"; }

# both_times TEST: when each director first passes it, in ms after the call.
both_times() {
  local began now name
  declare -A seen=()
  began=$(date +%s%3N)
  until [[ -n ${seen[kd]-} && -n ${seen[bl]-} ]]; do
    for name in kd bl; do
      if [[ -z ${seen[$name]-} ]] && "$1" "$name"; then seen[$name]=$(($(date +%s%3N) - began)); fi
    done
    now=$(date +%s%3N)
    ((now - began < 60000)) || break
    sleep 0.02
  done
  echo "${seen[kd]-60000} ${seen[bl]-60000}"
}
# Until another moment of the interval each time: what was seen last is in step with one of the two.
pause() {
  sleep "$(awk -v n="$1" -v rounds="$LAB_ROUNDS" -v interval="${setting%% *}" \
    'BEGIN { print 1 + interval * (n % rounds + 0.5) / rounds }')"
}
lacks_member() { ! has_member "$1"; }
middle() { sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }

for setting in "${settings[@]}"; do
  # shellcheck disable=SC2086
  start_both $setting
  for name in kd bl; do wait_until 30 "$name to have the member" has_member "$name"; done
  : >"$LAB_RUN/down"
  : >"$LAB_RUN/up"
  for ((round = 0; round < LAB_ROUNDS; round++)); do
    pause "$round"
    kill -TERM "$(<"$LAB_RUN/hosts/web/nginx.pid")"
    both_times lacks_member >>"$LAB_RUN/down"
    pause "$((round * 3 + 1))"
    nginx_on web
    both_times has_member >>"$LAB_RUN/up"
  done
  for what in down up; do
    echo "interval ${setting%% *} s, retries $(echo "$setting" | cut -d' ' -f2), $what: keepalived $(cut -d' ' -f1 "$LAB_RUN/$what" | middle) ms, ballast $(cut -d' ' -f2 "$LAB_RUN/$what" | middle) ms, of $LAB_ROUNDS"
  done
  stop_node kd
  stop_node bl
  on bl ipvsadm -C
  on kd ipvsadm -C
  rm -rf "$LAB_RUN/hosts/bl/run/ballast"
done
