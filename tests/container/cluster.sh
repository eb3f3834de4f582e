# manifests/nginx-dr by containers of the image: not root, with two capabilities, on a read-only root; two directors with VRRP, real
# servers with /proc/sys read-only and not; failover, health check, a ConfigMap's update, and what each capability is for.
# timeout: 420
# memory: 768M
mount_image
make_nginx_dr_hosts
manifest=$LAB_SOURCE/manifests/nginx-dr/cluster.yaml
vip=192.168.197.120
writable_sysctls='.linux.readonlyPaths -= ["/proc/sys"]'

# place_manifest HOST FILE: as the kubelet updates a ConfigMap: a new folder, and a link that is swung to it.
place_manifest() {
  local directory=$LAB_RUN/hosts/$1/manifests before
  before=$(readlink "$directory/..data") || true
  mkdir -p "$directory"
  local folder
  folder=$(mktemp -d "$directory/..XXXXXX")
  chmod 755 "$folder"
  cp "$2" "$folder/cluster.yaml"
  ln -s "${folder##*/}" "$directory/..data_tmp"
  mv -T "$directory/..data_tmp" "$directory/..data"
  ln -sfn ..data/cluster.yaml "$directory/cluster.yaml"
  [[ -z $before ]] || rm -r "${directory:?}/$before"
}

for node in lvs-128 lvs-129 nginx-130 nginx-131; do place_manifest "$node" "$manifest"; done

# A real server whose /proc/sys the engine has made read-only: each value is named, and the address is kept off lo.
run_container nginx-130 .
wait_until 60 "nginx-130 to say what it cannot set" grep -q net.ipv4.conf.all.arp_ignore "$LAB_RUN/hosts/nginx-130/log/container.log"
expect_status 1 is_healthy nginx-130
assert_contains "status" "$stdout" "net.ipv4.conf.all.arp_ignore" "read-only"
assert_lacks "lo" "$(addresses nginx-130 lo)" $vip
# The host sets them, as it is told to.
on nginx-130 sysctl -qw net.ipv4.conf.{all,default,lo}.arp_ignore=1 net.ipv4.conf.{all,default,lo}.arp_announce=2
wait_until 60 "nginx-130 to be ready" is_healthy nginx-130
# Where /proc/sys can be written, CAP_NET_ADMIN is enough: the kernel asks for no root below net.
run_container nginx-131 "$writable_sysctls"
wait_until 60 "nginx-131 to be ready" is_healthy nginx-131
assert_real_server $vip/32 nginx-130 nginx-131

# The cluster.
lsmod_before=$(grep -c ^ip_vs_wrr /proc/modules || true)
for director in lvs-128 lvs-129; do run_container "$director" .; done
await_holder 90 $vip lvs-128 lvs-129
wait_until 60 "both nginx to be in the table" has_destinations lvs-128 "192.168.197.130:80 1" "192.168.197.131:80 1"
for director in lvs-128 lvs-129; do wait_until 60 "$director to be healthy" is_healthy "$director"; done
assert_eq "who answers" $'nginx-130\nnginx-131' "$(ask_nginx 0 | sort -u)"
service="-A -t $vip:80 -s wrr -p 5
-a -t $vip:80 -r 192.168.197.130:80 -g -w 1
-a -t $vip:80 -r 192.168.197.131:80 -g -w 1"
assert_eq "ipvsadm -Sn" "$service" "$(ipvs lvs-128)"
# The kernel itself has loaded the scheduler: no capability to load modules was asked for.
assert_eq "wrr is loaded" "0 then 1" "$lsmod_before then $(grep -c ^ip_vs_wrr /proc/modules)"

# What the program is and may do, as the kernel has it.
processes=$(on lvs-128 cat "/proc/$(lab_crun lvs-128 state lvs-128 | jq .pid)/task/$(lab_crun lvs-128 state lvs-128 | jq .pid)/children")
read -r controller _ <<<"$processes"
assert_eq "user, number, capabilities and filter of system calls" "Uid: 65532 65532 65532 65532
NSpid: $controller 2
CapPrm: 0000000000003000
CapEff: 0000000000003000
CapBnd: 0000000000003000
CapAmb: 0000000000000000
Seccomp: 2" "$(grep -E '^(Uid|NSpid|Cap(Prm|Eff|Bnd|Amb)|Seccomp):' "/proc/$controller/status" | tr '\t' ' ' | sed 's/  */ /g')"
expect_status 1 in_container lvs-128 touch /etc/ballast/x /usr/x /x /tmp/x
assert_eq "files that could be made" 4 "$(grep -c 'Read-only file system' <<<"$stderr")"

# A ConfigMap's update, read through the mount.
sed 's/131, weight: 1/131, weight: 3/' "$manifest" >"$LAB_RUN/tmp/weight.yaml"
for director in lvs-128 lvs-129; do place_manifest "$director" "$LAB_RUN/tmp/weight.yaml"; done
for director in lvs-128 lvs-129; do
  wait_until 60 "the new weight on $director" has_destinations "$director" "192.168.197.130:80 1" "192.168.197.131:80 3"
done

# Stopped, the first process passes the signal on, and the VIP is handed over; killed, the lease ends.
stop_container lvs-128
assert_eq "exit status of a stop" 0 "$container_status"
await_holder 60 $vip lvs-129 lvs-128
assert_eq "who answers" $'nginx-130\nnginx-131' "$(ask_nginx 4 | sort -u)"
run_container lvs-128 .
await_holder 90 $vip lvs-128 lvs-129
stop_container lvs-128 KILL
assert_eq "exit status of a kill" 137 "$container_status"
await_holder 60 $vip lvs-129 lvs-128
assert_contains "who answers" "$(ask_nginx 0 | sort -u)" nginx-131
run_container lvs-128 .
await_holder 90 $vip lvs-128 lvs-129

# As root with the same two capabilities, where an engine forbids new privileges: then the kernel passes over a file's. In its group
# all the same, which the socket is given to.
given='.process.capabilities |= {bounding, permitted: .bounding, effective: .bounding}'
no_new_privileges='.process.noNewPrivileges = true'
stop_container lvs-129
on lvs-129 chown -R 0 "$LAB_RUN/hosts/lvs-129"/{state,cache}
run_container lvs-129 "$given | $no_new_privileges | .process.user = {uid: 0, gid: 65532}"
wait_until 60 "lvs-129 to be healthy as root" is_healthy lvs-129
stop_container lvs-129
on lvs-129 chown -R 65532 "$LAB_RUN/hosts/lvs-129"/{state,cache}

# What each capability is for; and without any the program starts all the same.
without() { echo ".process.capabilities |= map_values(map(select(. != \"$1\")))"; }
expect_status 2 try_container lvs-129 "$(without CAP_NET_ADMIN)" ballast diff -f /etc/ballast
assert_contains "without NET_ADMIN" "$stderr" CAP_NET_ADMIN
expect_status 2 try_container lvs-129 "$(without CAP_NET_RAW)" ballast run -f /etc/ballast
assert_contains "without NET_RAW" "$stderr" CAP_NET_RAW
expect_status 0 try_container lvs-129 '.process.capabilities |= map_values([])' ballast validate -f /etc/ballast
# Without new privileges the file's capabilities count only where the runtime had them already, as those of Kubernetes do.
expect_status 2 try_container lvs-129 "$no_new_privileges" ballast diff -f /etc/ballast
assert_contains "with no new privileges" "$stderr" CAP_NET_ADMIN
expect_status 0 try_container lvs-129 "$given | $no_new_privileges" ballast diff -f /etc/ballast

# A repository is followed by the image's git.
expect_status 128 try_container lvs-129 . git ls-remote http://127.0.0.1:1/lb.git
assert_contains "git by http" "$stderr" "Failed to connect"
make_repository lb
cp "$manifest" "$work"
commit "the cluster"
cp -r "$repository" "$LAB_RUN/hosts/lvs-129/manifests/lb.git"
chown -R 65532:65532 "$LAB_RUN/hosts/lvs-129/manifests/lb.git"
run_container lvs-129 . ballast run --git file:///etc/ballast/lb.git
wait_until 60 "lvs-129 to be healthy with the repository" is_healthy lvs-129
assert_contains "log" "$(<"$LAB_RUN/hosts/lvs-129/log/container.log")" "manifest $revision"
