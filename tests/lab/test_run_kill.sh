# kill -9 at random moments (40; LAB_KILLS=200 for more) while a large change is applied. After each restart the kernel is as wanted, what others
# made is untouched, and no service that both manifests want was ever missing. A restart without a change writes nothing.
# timeout: 1200
# memory: 1G
kills=${LAB_KILLS-40}
host director eth0 10.0.0.2/24
log=$LAB_RUN/hosts/director/log/run.log
seed=${LAB_SEED-$RANDOM}
RANDOM=$seed
echo "seed $seed"

# Manifest a wants services 0-74, b 25-99; of those that both want, the scheduler and all weights differ.
manifest() { # NAME FIRST SCHEDULER WEIGHT
  awk -v first="$2" -v scheduler="$3" -v weight="$4" 'BEGIN { for (s = first; s < first + 75; s++) {
    printf "apiVersion: ballast/v1\nkind: VirtualService\nmetadata: {name: s%d}\n", s
    printf "spec: {address: 10.100.0.%d, port: 80, scheduler: %s, forwarding: DR, nodes: [director], pool: p%d}\n---\n", s, scheduler, s
    printf "apiVersion: ballast/v1\nkind: Pool\nmetadata: {name: p%d}\nspec:\n  members:\n", s
    for (d = 1; d <= 5; d++) printf "    - {address: 10.200.0.%d, weight: %d}\n", d, weight + d
    print "---" } }' >"$LAB_RUN/$1.yaml"
  {
    awk -v first="$2" -v scheduler="$3" -v weight="$4" 'BEGIN { for (s = first; s < first + 75; s++) {
      print "-A -t 10.100.0." s ":80 -s " scheduler
      for (d = 1; d <= 5; d++) print "-a -t 10.100.0." s ":80 -r 10.200.0." d ":80 -g -w " weight + d } }'
    cat "$LAB_RUN/foreign"
  } | sort >"$LAB_RUN/$1.wanted"
}
cat >"$LAB_RUN/foreign" <<'RULES'
-A -t 10.99.0.1:80 -s wlc
-a -t 10.99.0.1:80 -r 10.200.0.1:80 -g -w 7
-A -f 99 -s rr
RULES
on director ipvsadm -R <"$LAB_RUN/foreign"
on director ip addr add 10.0.0.77/24 dev eth0
manifest a 0 wrr 1
manifest b 25 wlc 11

want() { # NAME: as if somebody had replaced the file
  wanted=$(<"$LAB_RUN/$1.wanted")
  cp "$LAB_RUN/$1.yaml" "$LAB_RUN/next.yaml"
  mv "$LAB_RUN/next.yaml" "$LAB_RUN/cluster.yaml"
}
other() { if [[ $1 == a ]]; then echo b; else echo a; fi; }
start() {
  : >"$log"
  run_ballast director "$LAB_RUN/cluster.yaml" --resync 1 --max-removals 1000
}
# Waits for up to 0.3 s without a process: a new one takes as long as the controller.
mkfifo "$LAB_RUN/never"
exec {never}<>"$LAB_RUN/never"
random_pause() {
  local pause
  printf -v pause '0.%03d' $((RANDOM % 300))
  read -rt "$pause" <&"$never" || true
}
kill_director() {
  kill -KILL "${lab_node_pid[director]}"
  wait "${lab_node_pid[director]}" 2>/dev/null || true # without the shell's "Killed"
}
as_wanted() { [[ $(ipvs director) == "$wanted" ]]; }
# Signals are taken from when it says its name.
is_up() { [[ $(<"$log") == *"node director:"* ]]; }
converged() { is_up && as_wanted; }

current=a
want $current
start
wait_until 60 "the first apply" converged
for ((s = 25; s < 75; s++)); do echo "tcp 10.100.0.$s:80"; done >"$LAB_RUN/both"
lab_become director "$LAB_BUILD/tests/watch_services" <"$LAB_RUN/both" >"$LAB_RUN/watched" 2>&1 &
watcher=$!

for ((n = 1; n <= kills; n++)); do
  current=$(other $current)
  if ((n % 4 == 0)); then # at the start, with the change already there
    kill_director
    want $current
    start
  else
    want $current
    kill -HUP "${lab_node_pid[director]}"
  fi
  random_pause
  kill_director
  start
  wait_until 60 "convergence after kill $n" converged
done
wait_until 1 "the address of somebody else" holds director 10.0.0.77
kill $watcher
wait $watcher || fail "a service that both manifests want was missing:"$'\n'"$(<"$LAB_RUN/watched")"
echo "$((n - 1)) kills; $(<"$LAB_RUN/watched") of looking for 50 services"

echo "a restart without a change writes nothing"
ready() { ballast_on director status >/dev/null; }
wait_until 60 "the node to be ready" ready
kill_director
start
wait_until 60 "the node to be ready" ready
assert_lacks "the log" "$(<"$log")" "kernel write"
as_wanted
stop_node director
