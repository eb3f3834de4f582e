# What a priority depends on: a script with a weight, a file without one (FAULT), a process, another interface. A script
# that others could have written is refused; one that hangs is killed with all it started.
# needs: none
# timeout: 200
host one eth0 10.0.0.1/24
host two eth0 10.0.0.2/24
plug one lan uplink 10.1.0.1/24
vip=10.0.0.100/24
flags=$LAB_RUN/flags
mkdir -p "$flags"
chmod 777 "$flags"
touch "$flags/"{script,file}
cat >"$LAB_RUN/check" <<SCRIPT
#!/bin/sh
test -s $flags/user || id -u >$flags/user
test -e $flags/hang && { sleep 1000 & sleep 1000; }
test -e $flags/script
SCRIPT
cp "$LAB_RUN/check" "$LAB_RUN/unsafe"
chmod 755 "$LAB_RUN/check"
chmod 777 "$LAB_RUN/unsafe"
manifest() {
  cat >"$LAB_RUN/cluster.yaml" <<YAML
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: web}
spec:
  virtualRouterId: 51
  interface: eth0
  advertisementInterval: 200ms
  addresses: [$vip]
  routers: [${routers-"{node: one, priority: 150}, {node: two, priority: 120}"}]
  track:
    - $1
YAML
}
# scene FIELDS FAIL... : a MASTER that tracks FIELDS loses the VIP by FAIL, and takes it back by the command in $recover.
scene() {
  manifest "$1"
  run_ballast one "$LAB_RUN/cluster.yaml"
  run_ballast two "$LAB_RUN/other.yaml"
  await_holder 6 $vip one two
  "${@:2}"
  await_holder 6 $vip two one
  eval "$recover"
  await_holder 8 $vip one two
  stop_node one
  stop_node two
}
manifest "process: none"
sed '/track:/,$d' "$LAB_RUN/cluster.yaml" >"$LAB_RUN/other.yaml"

echo "script: a negative weight lowers the priority while it fails"
recover='touch $flags/script'
scene "{script: {command: [$LAB_RUN/check]}, interval: 100ms, weight: -50}" rm "$flags/script"
[[ $(cat "$flags/user") -gt 0 ]] || fail "the script runs as root"
echo "script: a positive weight raises it while it passes"
recover='touch $flags/script'
routers="{node: one, priority: 100}, {node: two, priority: 120}"
scene "{script: {command: [$LAB_RUN/check]}, interval: 100ms, weight: 50}" rm "$flags/script"
unset routers
echo "process, by its name"
cp /bin/sleep "$LAB_RUN/tracked-daemon"
start_daemon() {
  lab_become one "$LAB_RUN/tracked-daemon" 1000 &
  daemon=$!
}
stop_daemon() {
  kill "$daemon"
  wait "$daemon" || true
}
start_daemon
recover=start_daemon
scene "{process: tracked-daemon, interval: 100ms}" stop_daemon
stop_daemon
echo "script that hangs: killed after its timeout, with what it started"
recover='rm $flags/hang'
scene "{script: {command: [$LAB_RUN/check], timeout: 200ms}, interval: 100ms, weight: -50}" touch "$flags/hang"
assert_eq "processes that are left" "" "$(pgrep -f "sleep 1000" || true)"
echo "file: without a weight its absence is a FAULT"
recover='touch $flags/file'
scene "{file: $flags/file, interval: 100ms}" rm "$flags/file"
echo "interface"
recover='on one ip link set uplink up'
scene "interface: uplink" on one ip link set uplink down

echo "a script that others could have written is refused"
manifest "{script: {command: [$LAB_RUN/unsafe]}, interval: 100ms}"
run_ballast one "$LAB_RUN/cluster.yaml"
refused() { { ballast_on one status || true; } | grep -q "unsafe"; }
wait_until 5 "status to say why" refused
assert_eq "holders" "" "$(holders $vip one two)"
stop_node one
