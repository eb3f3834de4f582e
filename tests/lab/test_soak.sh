# Random drift, flapping members and commits, some of them while the repository is gone; afterwards the kernel is as wanted, and the process has the memory and
# the descriptors that it had before. tests/lab/soak does the same for ten minutes and prints what it costs at rest.
# timeout: 1200
# memory: 1G
seconds=${LAB_SOAK_SECONDS:-15} services=${LAB_SOAK_SERVICES:-100} rest=${LAB_SOAK_REST:-10}
resync=${LAB_SOAK_RESYNC:-5}
RANDOM=${LAB_SOAK_SEED:-1}  # the same every time
host director eth0 10.0.0.2/24
host servers eth0 10.0.0.10/24
members=(10.0.0.{11,12,13,14,15,16,17,18,19,20})
for member in "${members[@]}"; do on servers ip addr add "$member/24" dev eth0; done
nginx_on servers
make_repository lb

# manifest WEIGHT SERVICES: the first service's first member has that weight.
manifest() {
  awk -v n="$2" -v weight="$1" -v members="${members[*]}" 'BEGIN {
    count = split(members, address, " ")
    for (p = 0; p < 2; p++) {
      printf "apiVersion: ballast/v1\nkind: Pool\nmetadata: {name: p%d}\nspec:\n  members:\n", p
      for (m = 1; m <= count; m++) printf "    - {address: %s, weight: %d}\n", address[m], p + m == 1 ? weight : 1
      print "  checks: [{tcp: {timeout: 500ms}, port: 80, interval: 2s, retries: 1, retryDelay: 500ms}]\n---" }
    for (s = 0; s < n; s++) {
      printf "apiVersion: ballast/v1\nkind: VirtualService\nmetadata: {name: s%d}\n", s
      printf "spec: {address: 10.100.%d.%d, port: 80, scheduler: wrr, forwarding: DR, nodes: [director], pool: p%d}\n---\n", s / 250, s % 250, (s > 0) }
    print "apiVersion: ballast/v1\nkind: Director\nmetadata: {name: d}\nspec: {nodes: [director], sysctls: {net.ipv4.ip_forward: 1}}" }' >"$work/cluster.yaml"
  commit "weight $1, $2 services"
  [[ -z ${pid-} ]] || kill -HUP "$pid"
}
weight=1 count=$services
manifest $weight $count
lab_git_interval=10s run_git director "file://$repository" --branch main --resync "$resync" --listen 10.0.0.2:9100
pid=${lab_node_pid[director]}

table() { on director awk '/^TCP.* wrr/ { services++ } /->.*Route/ { sum += $4; destinations++ } END { print services + 0, destinations + 0, sum + 0 }' /proc/net/ip_vs; }
is_whole() {
  [[ $(table) == "$count $((count * 10)) $((count * 10 + weight - 1))" && $(kernel_parameter director net.ipv4.ip_forward) == 1 ]]
}
lab_poll=0.3
wait_until 120 "the first reconcile" is_whole

# what the process has: resident kB, descriptors, CPU in hundredths of a second.
resident() { awk '/^VmRSS/ { print $2 }' "/proc/$pid/status"; }
# The fewest of many moments: a probe that is under way has one of its own.
descriptors() {
  local fewest=1000000 count i open
  for ((i = 0; i < 30; i++)); do
    open=("/proc/$pid/fd"/*)
    count=${#open[@]}
    ((count >= fewest)) || fewest=$count
    sleep 0.05
  done
  echo "$fewest"
}
ticks() { awk '{ print $14 + $15 }' "/proc/$pid/stat"; }

down=""
flap() {
  if [[ -n $down ]]; then
    on servers ip addr add "$down/24" dev eth0
    down=""
  else
    down=${members[RANDOM % 10]}
    on servers ip addr del "$down/24" dev eth0
  fi
}
meddle() {
  local service=10.100.$((RANDOM % count / 250)).$((RANDOM % 250 % count)):80 member=${members[RANDOM % 10]}:80
  case $((RANDOM % 12)) in
    0 | 1) on director ipvsadm -D -t "$service" ;;
    2 | 3) on director ipvsadm -d -t "$service" -r "$member" ;;
    4 | 5) on director ipvsadm -e -t "$service" -r "$member" -g -w 9 ;;
    6) on director ipvsadm -E -t "$service" -s rr ;;
    7) on director sysctl -qw net.ipv4.ip_forward=0 ;;
    8) on director ipvsadm -C ;;
    9) flap ;;
    *)
      [[ -d $repository ]] || return 0
      weight=$((RANDOM % 50 + 1)) count=$((services - RANDOM % 3))
      manifest $weight $count
      ;;
  esac 2>/dev/null || true  # what is not there now cannot be changed
}
says_gone() { { on director "$BALLAST" status || true; } | grep -F "cannot read file://$repository"; }
calm() {
  if [[ -n $down ]]; then flap; fi
  wait_until 120 "the kernel to be as wanted" is_whole
}

report() { printf '%6d s  resident %6d kB  descriptors %3d  CPU %6d ms\n' "$((SECONDS - began))" "$(resident)" "$(descriptors)" "$(($(ticks) * 10))"; }
began=$SECONDS
flap  # once each of everything before the first measure: what is kept for ever is there then
for ((i = 0; i < 12; i++)); do meddle; done
calm
# A look at everything needs room for two, and a large change is followed by giving back: the level of the rest is compared.
sleep $((resync * 3))
open=$(descriptors) warm=$(resident)
report
next=$((SECONDS + 30))
while ((SECONDS - began < seconds)); do
  meddle
  # Gone for the second third of the time; ready all the same.
  if [[ -d $repository ]] && ((SECONDS - began > seconds / 3 && SECONDS - began < seconds * 2 / 3)); then
    mv "$repository" "$repository.away"
  elif [[ ! -d $repository ]] && ((SECONDS - began >= seconds * 2 / 3)); then
    wait_until 60 "status to say that the repository is gone" says_gone
    wait_until 60 "readiness all the same" fetch director http://10.0.0.2:9100/readyz
    mv "$repository.away" "$repository"
  fi
  sleep 0.$((RANDOM % 9 + 1))
  if ((SECONDS >= next)); then
    report
    next=$((SECONDS + 30))
  fi
done
[[ -d $repository ]] || mv "$repository.away" "$repository"
calm
report
before=$(ticks) from=${EPOCHREALTIME/./}
sleep "$rest"
used=$((($(ticks) - before) * 10)) took=$(((${EPOCHREALTIME/./} - from) / 1000))
report
awk -v used=$used -v took=$took -v n="$services" -v resync="$resync" 'BEGIN {
  printf "at rest, %d services with 10 members, resync %s s: %.2f %% of a core (%d of %d ms)\n", n, resync, 100 * used / took, used, took }'
# A busy machine looks at the repository without end, which takes a few.
no_more_descriptors() { (($(descriptors) <= open + 4)); }
wait_until 60 "no more descriptors than the $open at the beginning" no_more_descriptors
# The allocator keeps what the largest moment took; a leak of one table would be more than this.
(($(resident) < warm + warm / 4 + 4096)) || fail "resident memory grew from $warm kB to $(resident) kB"
wait_until 120 "the kernel to be as wanted" is_whole  # a check may fail on a busy machine
assert_lacks "the log" "$(grep -v "error: cannot read file://" "$LAB_RUN/hosts/director/log/run.log")" "error: cannot"
# At this size looking costs something; smaller tables are nearly free.
((services < 1000 || used * 100 < took * 2)) || fail "at rest it used $used ms of $took ms"
stop_node director
