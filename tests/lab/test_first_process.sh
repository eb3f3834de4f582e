# `ballast run` as the first process of a container: what scripts leave behind is reaped, SIGTERM is passed on and the VIP
# given up, and the container ends as the program proper does.
# needs: none
host director eth0 10.0.0.2/24
vip=10.0.0.100/24
cat >"$LAB_RUN/leave" <<'SCRIPT'
#!/bin/sh
# Its own session, or it would be killed with the script.
setsid sleep 0.1 &
SCRIPT
chmod 755 "$LAB_RUN/leave"
cat >"$LAB_RUN/cluster.yaml" <<YAML
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: web}
spec:
  virtualRouterId: 51
  interface: eth0
  advertisementInterval: 100ms
  addresses: [$vip]
  routers: [{node: director, priority: 150}]
  track: [{script: {command: [$LAB_RUN/leave]}, interval: 100ms}]
YAML

# run_first: as PID 1; $first and $controller are it and the program proper, as this kernel counts them.
run_first() {
  lab_become director unshare --pid --fork --mount-proc "$BALLAST" run -f "$LAB_RUN/cluster.yaml" >>"$LAB_RUN/hosts/director/log/run.log" 2>&1 &
  lab_node_pid[director]=$!
  wait_until 60 "the VIP" has_address director "${vip%/*}"
  first=$(pgrep -P "${lab_node_pid[director]}")
  controller=$(pgrep -o -P "$first")
  assert_eq "its number" "$first 1" "$(awk '/^NSpid:/ {print $2, $3}' "/proc/$first/status")"
}
# ended: its exit status, in $status.
ended() {
  status=0
  wait "${lab_node_pid[director]}" || status=$?
}
has_orphan() { pgrep -P "$first" sleep; }
has_zombie() { ps -o stat= --ppid "$first" | grep -q Z; }
no_zombie() { ! has_zombie; }

run_first
# Orphans come to the first process, and none stays a zombie.
wait_until 60 "an orphan" has_orphan
orphan=$(has_orphan | head -1)
wait_until 60 "the orphan to be reaped" test ! -e "/proc/$orphan"
wait_until 60 "the next orphan" has_orphan
wait_until 60 "no zombies" no_zombie

kill -TERM "$first"
ended
assert_eq "exit status after SIGTERM" 0 "$status"
assert_lacks "addresses" "$(addresses director eth0)" 10.0.0.100

# Its death is the container's, with the status that engines know.
run_first
kill -KILL "$controller"
ended
assert_eq "exit status after SIGKILL" 137 "$status"
