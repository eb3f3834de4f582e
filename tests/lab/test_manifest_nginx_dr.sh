# manifests/nginx-dr: one file on four nodes; the guide's verification section, with keepalived's configuration imported too;
# requests alternate between two nginx, and a client stays with its own for 5 s.
# timeout: 300
make_nginx_dr_hosts
guide=nginx-dr
directors=(lvs-128 lvs-129)
homes=([192.168.197.120/24]=lvs-128)
members=("192.168.197.130:80 1" "192.168.197.131:80 1")
members_left=("192.168.197.131:80 1")
servers=(nginx-130 nginx-131)
servers_left=(nginx-131)
remarks=""
make_clients client "${client_addresses[0]}" lvs-128 lvs-129 nginx-130 nginx-131
ask() { ask_as_new http://192.168.197.120/; }
stop_server() { kill -TERM "$(<"$LAB_RUN/hosts/nginx-130/nginx.pid")"; }
start_server() { nginx_on nginx-130; }

for node in nginx-130 nginx-131; do
  apply_manifest "$node" "$LAB_SOURCE/manifests/nginx-dr/cluster.yaml"
  assert_eq "ARP settings of devices to come" $'1\n2' "$(on "$node" sysctl -n net.ipv4.conf.default.arp_{ignore,announce})"
done
assert_real_server 192.168.197.120/32 nginx-130 nginx-131

play_guide

service="-A -t 192.168.197.120:80 -s wrr -p 5
-a -t 192.168.197.120:80 -r 192.168.197.130:80 -g -w 1
-a -t 192.168.197.120:80 -r 192.168.197.131:80 -g -w 1"
for director in lvs-128 lvs-129; do
  assert_eq "ipvsadm -Sn on $director" "$service" "$(ipvs "$director")"
  assert_contains "timeouts of $director" "$(on "$director" ipvsadm -Ln --timeout)" "(tcp tcpfin udp): 5 5 5"
done
assert_eq "servers of one client within 5 s" 1 "$(fetch_times client http://192.168.197.120/ 4 | tally | wc -l)"
