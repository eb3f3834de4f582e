# Figures of one tool (LAB_BENCH: raw, ipvsadm, ballast, controller or keepalived), in a kernel of its own; see tests/bench/run.
# needs: ipvs
# timeout: 570
# memory: 2G
services=$LAB_SERVICES destinations=$LAB_DESTINATIONS
rounds=5
ip link add d0 type dummy
ip addr add 10.0.0.1/8 dev d0
ip link set d0 up

figure() { echo "figure $1 $2"; }
figure kernel "Linux-$(uname -r)"

# Every table is the same: services on 10.100.x.y:80 (wrr), destinations 10.200.0.z:80 by DR, weight 1; $1 is the weight of
# the very first.
rules() {
  awk -v n="$services" -v m="$destinations" 'BEGIN { for (s = 0; s < n; s++) {
    vip = "10.100." int(s / 256) "." s % 256 ":80"
    print "-A -t " vip " -s wrr"
    for (d = 0; d < m; d++) print "-a -t " vip " -r 10.200.0." d + 1 ":80 -g -w 1" } }'
}
manifest() {
  awk -v n="$services" -v m="$destinations" -v first="$1" 'BEGIN { for (s = 0; s < n; s++) {
    printf "apiVersion: ballast/v1\nkind: VirtualService\nmetadata: {name: s%d}\nspec:\n  address: 10.100.%d.%d\n  port: 80\n", s, s / 256, s % 256
    printf "  scheduler: wrr\n  forwarding: DR\n  nodes: [here]\n  pool: p%d\n---\n", s
    printf "apiVersion: ballast/v1\nkind: Pool\nmetadata: {name: p%d}\nspec:\n  members:\n", s
    for (d = 0; d < m; d++) printf "    - {address: 10.200.0.%d, weight: %d}\n", d + 1, s + d == 0 ? first : 1
    print "---" } }'
}
keepalived_configuration() {
  awk -v n="$services" -v m="$destinations" -v first="$1" 'BEGIN { for (s = 0; s < n; s++) {
    printf "virtual_server 10.100.%d.%d 80 {\n  lb_algo wrr\n  lb_kind DR\n  protocol TCP\n", s / 256, s % 256
    for (d = 0; d < m; d++) printf "  real_server 10.200.0.%d 80 {\n    weight %d\n  }\n", d + 1, s + d == 0 ? first : 1
    print "}" } }'
}

wall_of() {
  local start=$EPOCHREALTIME
  "$@"
  awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.4f\n", b - a }' >&3
}
wall() { { wall_of "$@" >/dev/null; } 3>&1; }
# CPU of several runs, as the kernel counts it in hundredths; the mean of one.
cpu_of_rounds() {
  local TIMEFORMAT='%U %S'
  { time for ((round = 0; round < rounds; round++)); do "$@" >/dev/null; done; } 2>&1 |
    awk -v n="$rounds" '{ printf "%.4f\n", ($1 + $2) / n }'
}

measure_raw() {
  figure raw_load "$("$LAB_BUILD/tests/raw_ipvs" load "$services" "$destinations" | cut -d' ' -f1)"
  figure raw_dump "$("$LAB_BUILD/tests/raw_ipvs" dump | cut -d' ' -f1)"
}

measure_ipvsadm() {
  rules >/run/rules
  load() { ipvsadm -R </run/rules; }
  figure ipvsadm_load "$(wall load)"
  figure ipvsadm_dump "$(wall ipvsadm -Sn)"
}

apply() { "$BALLAST" apply -f "$1" --node here -o json >/run/result; }
field() { jq "$1" /run/result; }
toggle() {
  apply "/run/$((round % 2 + 2)).yaml"
}
measure_ballast() {
  local weight
  for weight in 1 2 3; do manifest "$weight" >"/run/$weight.yaml"; done
  figure ballast_load "$(wall apply /run/1.yaml)"
  figure ballast_writes "$(field .writes)"
  figure ballast_write "$(field '.milliseconds.apply / 1000')"
  figure ballast_idle "$(cpu_of_rounds apply /run/1.yaml)"
  figure ballast_idle_writes "$(field .writes)"
  figure ballast_dump "$(field '.milliseconds.observe / 1000')"
  figure ballast_weight "$(cpu_of_rounds toggle)"
  figure ballast_weight_writes "$(field .writes)"
}

destination_count() { ipvsadm -Sn | grep -c '^-a' || true; }
first_weight_is() { ipvsadm -Ln -t 10.100.0.0:80 | grep -q "10.200.0.1:80 *Route *$1 "; }
is_programmed() { [[ $(destination_count) == $((services * destinations)) ]]; }
# utime and stime of keepalived's processes, in hundredths of a second; settled when a second passes without any.
ticks() {
  local process sum=0
  for process in $1 $(pgrep -P "$1"); do sum=$((sum + $(awk '{ print $14 + $15 }' "/proc/$process/stat"))); done
  echo $sum
}
settled_ticks() {
  local last=-1 now
  now=$(ticks "$1")
  until ((now == last)); do
    last=$now
    sleep 1
    now=$(ticks "$1")
  done
  echo "$now"
}
# `ballast run`: what a change costs that comes while it runs, and what a look at everything costs. A round ends when
# the log has its line.
applied_lines() { grep -c 'kernel writes' /run/run.log || true; }
round_is_applied() { (($(applied_lines) >= applied)); }
# rounds_of NAME COMMAND...: CPU of the controller for each of several rounds; $round is the round's number.
rounds_of() {
  local before name=$1
  shift
  before=$(settled_ticks "$controller")
  applied=$(applied_lines)
  for ((round = 0; round < 20; round++)); do
    "$@" >/dev/null
    applied=$((applied + 1))
    wait_until 60 "a round of $name" round_is_applied
  done
  figure "controller_$name" "$(awk -v a="$before" -v b="$(settled_ticks "$controller")" 'BEGIN { printf "%.4f", (b - a) / 2000 }')"
}
drain_or_not() {
  if ((round % 2)); then "$BALLAST" member manifest 10.200.0.1 --pool p0; else "$BALLAST" member drain 10.200.0.1 --pool p0; fi
}
replace_file() {
  cp "/run/$((round % 2 + 2)).yaml" /run/next
  mv /run/next /run/manifests/m.yaml
}
measure_controller() {
  local weight
  mkdir /run/manifests
  for weight in 1 2 3; do manifest "$weight" >"/run/$weight.yaml"; done
  cp /run/1.yaml /run/manifests/m.yaml
  # shellcheck disable=SC2094
  "$BALLAST" run -f /run/manifests --node here --resync 3600 2>/run/run.log &
  controller=$!
  applied=1
  wait_until 300 "the controller to program its services" round_is_applied
  rounds_of member drain_or_not
  rounds_of file replace_file
  figure controller_writes "$(grep -c 'applied 1 changes in 1 kernel writes' /run/run.log)"
  kill $controller
  wait $controller || true
  : >/run/run.log
  "$BALLAST" run -f /run/manifests --node here --resync 0.1 2>/run/run.log &
  controller=$!
  wait_until 300 "the controller to be ready" "$BALLAST" status
  local before began=$SECONDS
  before=$(ticks $controller)
  sleep 20
  figure controller_idle "$(awk -v a="$before" -v b="$(ticks $controller)" -v t=$((SECONDS - began)) 'BEGIN { printf "%.2f", (b - a) / t }')"
  kill $controller
  wait $controller || true
}

measure_keepalived() {
  local start before
  keepalived_configuration 1 >/run/keepalived.conf
  start=$EPOCHREALTIME
  keepalived --check --dont-fork --use-file /run/keepalived.conf >/run/keepalived.log 2>&1 &
  wait_until 300 "keepalived to program its services" is_programmed
  figure keepalived_load "$(awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.4f", b - a }')"
  before=$(settled_ticks $!)
  keepalived_configuration 2 >/run/keepalived.conf
  kill -HUP $!
  wait_until 300 "keepalived to reload" first_weight_is 2
  figure keepalived_weight "$(awk -v a="$before" -v b="$(settled_ticks $!)" 'BEGIN { printf "%.4f", (b - a) / 100 }')"
  kill $!
  wait $! || true
}

"measure_$LAB_BENCH"
