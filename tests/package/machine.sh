# A machine on which the package was installed, booted with systemd as a host of the lab: the life of the service. Run by
# tests/package/install, which names the root in LAB_MACHINE_ROOT.
# needs: ipvs
# timeout: 400
# Long enough leases that a service manager in User-mode Linux, on a busy machine, restarts within one.
interval=4s
vip=10.0.0.100
host director eth0 10.0.0.2/24
host standby eth0 10.0.0.3/24
host server eth0 10.0.0.4/24
host client eth0 10.0.0.9/24
manifest() {
  cat <<YAML
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: web}
spec:
  virtualRouterId: 51
  interface: eth0
  advertisementInterval: $interval
  addresses: [$vip/24]
  routers: [{node: director, priority: 255}, {node: standby, priority: 100}]
  track: [{script: {command: 'test "\$(id -u)" != 0', shell: true, timeout: 10s}, interval: 10s}]
---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: web}
spec: {address: $vip, port: 80, scheduler: rr, forwarding: DR, pool: web}
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: web}
spec:
  members: [{address: 10.0.0.4, port: 80, weight: $1}]
  checks: [{tcp: {timeout: 2s}, interval: 1s}]
---
apiVersion: ballast/v1
kind: RealServer
metadata: {name: web}
spec: {nodes: [server], pools: [web]}
YAML
}
manifest 1 >"$LAB_RUN/cluster.yaml"
nginx_on server
ballast_on server apply -f "$LAB_RUN/cluster.yaml" >/dev/null

# The root, as an overlay: what the machine writes ends with the lab.
machine=$LAB_RUN/machine
mkdir "$machine"
modprobe -q overlay || true
cat >"$machine/boot" <<'BOOT'
set -eu
mount --make-rprivate /
mount -t tmpfs -o mode=755 machine "$1"
mkdir "$1/upper" "$1/inner" "$1/root"
mount -t overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/inner" root "$1/root"
cd "$1/root"
mount -t proc proc proc
mount -t sysfs sys sys
mount -t cgroup2 cgroup sys/fs/cgroup
mount -t tmpfs -o mode=755 dev dev
for device in null zero full random urandom tty; do cp -a "/dev/$device" dev/; done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
mount -t tmpfs -o mode=755 run run
mkdir run/outside
echo director >etc/hostname
pivot_root . run/outside
umount -l run/outside
exec env -i container=lab PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --show-status=false </dev/null
BOOT
lab_become director unshare --pid --fork --kill-child --mount --ipc --cgroup \
  bash "$machine/boot" "$machine" "$LAB_MACHINE_ROOT" >"$LAB_RUN/hosts/director/log/boot.log" 2>&1 &
first_process() { read -r systemd < <(pgrep -x systemd) && [[ -S /proc/$systemd/root/run/systemd/private ]]; }
wait_until 100 "systemd" first_process
files=/proc/$systemd/root
in_machine() { nsenter --all --target "$systemd" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive "$@"; }
journal() { in_machine journalctl --no-pager -o cat -u ballast "$@"; }
in_machine journalctl --no-pager -f -n 1000 >"$LAB_RUN/hosts/director/log/journal.log" 2>&1 &
in_machine systemctl is-system-running --wait >/dev/null || in_machine systemctl --failed --no-pager

# show PROPERTY...: of the unit, one a line.
show() { in_machine systemctl show --value -p "${1?}" ballast; }

echo "before there is a manifest it does not run, has not failed, and says what to do ($SECONDS s)"
assert_eq "the unit's state" "inactive exec-condition" "$(show ActiveState) $(show Result)"
assert_contains "journal" "$(journal)" "no manifest (*.yaml) in /etc/ballast yet: write one, then: systemctl start ballast"

# That it becomes MASTER at all shows that the sandbox lets a script run as another user.
echo "started, it is ready when it says so, and serves ($SECONDS s)"
cp "$LAB_RUN/cluster.yaml" "$files/etc/ballast/cluster.yaml"
mkdir -p "$files/run/systemd/system/ballast.service.d"
# The real thing takes half a minute.
printf '[Service]\nWatchdogSec=8s\n' >"$files/run/systemd/system/ballast.service.d/watchdog.conf"
in_machine systemctl daemon-reload
in_machine systemctl start ballast
assert_eq "after the start" active "$(show ActiveState)"
wait_until 30 "the VIP" has_address director $vip
run_ballast standby "$LAB_RUN/cluster.yaml"
serves() { [[ $(fetch client "http://$vip/") == server ]]; }
wait_until 30 "an answer through the VIP" serves
assert_contains "IPVS" "$(ipvs director)" "-A -t $vip:80 -s rr" "-a -t $vip:80 -r 10.0.0.4:80 -g -w 1"
assert_eq "the socket" "srw-rw---- root ballast" "$(in_machine stat -c '%A %U %G' /run/ballast/ballast.sock)"
assert_contains "who is in the group may ask" \
  "$(in_machine setpriv --reuid nobody --regid nogroup --groups "$(in_machine getent group ballast | cut -d: -f3)" ballast status)" MASTER

echo "reloaded: a new weight is in force; a manifest that is not valid fails, and changes nothing ($SECONDS s)"
has_weight() { has_destinations director "10.0.0.4:80 $1"; }
manifest 7 >"$files/etc/ballast/cluster.yaml"
in_machine systemctl reload ballast
wait_until 20 "the weight" has_weight 7
echo "kind: Nothing" >"$files/etc/ballast/bad.yaml"
expect_status 1 in_machine systemctl reload ballast
assert_contains "journal" "$(journal -n 30)" "bad.yaml:1"
rm "$files/etc/ballast/bad.yaml"
in_machine systemctl reload ballast
has_weight 7

echo "upgraded while it holds the VIP, which nobody misses ($SECONDS s)"
before=$(show MainPID)
lab_become director ip -o monitor address >"$LAB_RUN/monitor.director" &
monitors=($!)
lab_become standby ip -o monitor address >"$LAB_RUN/monitor.standby" &
monitors+=($!)
in_machine dpkg -i /newer.deb >"$LAB_RUN/dpkg.log" 2>&1 || { cat "$LAB_RUN/dpkg.log" >&2; fail "dpkg -i"; }
after=$(show MainPID)
[[ $before != "$after" && $after != 0 ]] || fail "the process is the old one: $before, $after"
assert_eq "the installed version" newer "$(in_machine dpkg-query -Wf '${Version}' ballast | grep -o 'newer$')"
goes_on() { [[ $(in_machine journalctl --no-pager -o cat "_PID=$after") == *"goes on with the addresses that its predecessor left"* ]]; }
wait_until 20 "the successor" goes_on
has_address director $vip
serves || fail "no answer through the VIP"
kill "${monitors[@]}"
wait "${monitors[@]}" || true
assert_eq "removals of the VIP" "" "$(grep Deleted "$LAB_RUN/monitor.director" | grep "$vip/" || true)"
assert_contains "renewals of the VIP" "$(<"$LAB_RUN/monitor.director")" "$vip/24"
assert_eq "the VIP on the standby" "" "$(grep "$vip/" "$LAB_RUN/monitor.standby" || true)"

echo "killed, and hung: it is started again ($SECONDS s)"
is_back() { [[ $(show ActiveState) == active && $(show MainPID) != "$1" && $(show NRestarts) -ge $2 ]]; }
in_machine sh -c "kill -KILL $after"
lab_poll=1 wait_until 40 "a process after kill -9" is_back "$after" 1
hung=$(show MainPID)
in_machine sh -c "kill -STOP $hung"
lab_poll=1 wait_until 60 "a process after the watchdog" is_back "$hung" 2
assert_contains "journal" "$(in_machine journalctl --no-pager -o cat -u ballast)" "Watchdog timeout"
wait_until 40 "the VIP" has_address director $vip

echo "removed: the VIP is handed over; what the operator and the service have written stays ($SECONDS s)"
in_machine dpkg -r ballast >"$LAB_RUN/dpkg.log" 2>&1 || { cat "$LAB_RUN/dpkg.log" >&2; fail "dpkg -r"; }
await_holder 10 $vip standby director
wait_until 20 "an answer through the standby" serves
for kept in etc/default/ballast etc/ballast/cluster.yaml var/lib/ballast run/ballast; do [[ -e $files/$kept ]] || fail "$kept is gone"; done
[[ ! -e $files/usr/sbin/ballast ]] || fail "the program is still there"

echo "purged: nothing is left but the manifest and the group ($SECONDS s)"
in_machine dpkg -P ballast >"$LAB_RUN/dpkg.log" 2>&1 || { cat "$LAB_RUN/dpkg.log" >&2; fail "dpkg -P"; }
left=$(in_machine find / -xdev -path /sys -prune -o -path /proc -prune -o -name '*ballast*' ! -name '*.deb' -print | sort)
assert_eq "what is left" "/etc/ballast" "$left"
assert_eq "what is left in /run" "" "$(in_machine find /run -name '*ballast*' ! -path '/run/systemd/system/*' | sort)"
assert_contains "the group stays" "$(in_machine getent group ballast)" "ballast:"
