# manifests/lvs-nginx: DR, NAT and TUN behind one virtual IP, and a service for each scheduler. The guide's verification
# section, with keepalived's configuration imported too: a check of what is answered, a server that is inhibited, a sorry
# server, programs that are told, and connections that the directors tell one another.
# timeout: 300
directory=$LAB_SOURCE/manifests/lvs-nginx
network inner
for number in 1 2; do
  host "lvs-$number" eth0 "192.168.30.1$number/24"
  plug "lvs-$number" inner eth1 "10.30.0.1$number/24"
  on "lvs-$number" sysctl -qw net.ipv4.ip_forward=1  # as the guides write into sysctl.conf
done
for number in 21 22; do
  host "nginx-$number" eth0 "192.168.30.$number/24"
  echo ok >"$LAB_RUN/hosts/nginx-$number/www/healthz"
  nginx_on "nginx-$number"
done
host nginx-23 eth0 192.168.30.23/24
nginx_on nginx-23 8081
for name in app-31 app-32 sorry-39; do
  host "$name"
  plug "$name" inner eth0 "10.30.0.${name#*-}/24"
  route "$name" default 10.30.0.1
  nginx_on "$name"
done
host client eth0 192.168.30.200/24
make_clients client 192.168.30.200 lvs-1 lvs-2 nginx-21 nginx-22
for node in nginx-21 nginx-22 nginx-23; do ballast_on "$node" apply -f "$directory" >/dev/null; done
assert_real_server 192.168.30.100/32 nginx-21 nginx-22 nginx-23

guide=lvs-nginx
directors=(lvs-1 lvs-2)
homes=([192.168.30.100/24]=lvs-1 [10.30.0.1/24]=lvs-1)
schedulers=("192.168.30.21:900"{1..9}" 100" "192.168.30.21:9010 100")
members=("192.168.30.21:80 100" "192.168.30.22:80 100" "10.30.0.31:80 100" "10.30.0.32:80 100" "192.168.30.23:8081 100"
  "${schedulers[@]}")
members_left=("192.168.30.21:80 0" "192.168.30.22:80 100" "10.30.0.39:80 1" "192.168.30.23:8081 100" "${schedulers[@]}")
servers=(nginx-21 nginx-22 nginx-23 app-31 app-32)
servers_left=(nginx-22 nginx-23 sorry-39)
why="not carried over: vrrp_skip_check_adv_addr: the addresses of every advertisement are compared"
remarks="lvs-1.conf:5: $why
lvs-2.conf:5: $why"
compare_failures=yes
ask() {
  ask_as_new http://192.168.30.100/
  fetch_times client http://192.168.30.100:8080/ 4
  fetch client http://192.168.30.100:8081/
}
# One answers something else, two are gone.
stop_server() {
  echo sick >"$LAB_RUN/hosts/nginx-21/www/healthz"
  kill -TERM "$(<"$LAB_RUN/hosts/app-31/nginx.pid")" "$(<"$LAB_RUN/hosts/app-32/nginx.pid")"
}
start_server() {
  echo ok >"$LAB_RUN/hosts/nginx-21/www/healthz"
  nginx_on app-31
  nginx_on app-32
}
play_guide "$directory"

assert_eq "schedulers" "dh lblc lblcr lc nq rr rr sed sh wlc wlc wrr wrr" \
  "$(ipvs lvs-1 | sed -n 's/.*-s \([a-z]*\).*/\1/p' | sort | paste -sd ' ')"
assert_contains "a service" "$(ipvs lvs-1)" "-A -t 192.168.30.100:80 -s wrr -p 60" "-r 192.168.30.21:80 -g -w 100"
assert_contains "thresholds" "$(on lvs-1 ipvsadm -Ln --thresholds | tr -s ' ')" "192.168.30.21:80 2000 1000 "
assert_contains "sync daemons" "$keepalived_states" "master sync daemon (mcast=eth1, syncid=71" "backup sync daemon (mcast=eth1, syncid=71"
notified=$LAB_RUN/hosts/lvs-1/run/notified
assert_eq "times that programs were told: by keepalived, and with the imported manifest" 2 "$(grep -c "^down 192.168.30.21 80$" "$notified")"
assert_contains "what programs were told of the manifest that was written by hand" "$(<"$notified")" "member-down 192.168.30.21:80"
