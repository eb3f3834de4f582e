# manifests/nginx-dr: one file on four nodes; requests alternate between two nginx; the standby is programmed too.
manifest=$LAB_SOURCE/manifests/nginx-dr/cluster.yaml
make_nginx_dr_hosts

apply_manifest lvs-128 "$manifest" --as-master web
for node in lvs-129 nginx-130 nginx-131; do apply_manifest "$node" "$manifest"; done

service="-A -t 192.168.197.120:80 -s wrr -p 5
-a -t 192.168.197.120:80 -r 192.168.197.130:80 -g -w 1
-a -t 192.168.197.120:80 -r 192.168.197.131:80 -g -w 1"
for director in lvs-128 lvs-129; do
  assert_eq "ipvsadm -Sn on $director" "$service" "$(ipvs "$director")"
  assert_contains "timeouts of $director" "$(on "$director" ipvsadm -Ln --timeout)" "(tcp tcpfin udp): 5 5 5"
done
assert_eq "addresses of the master" $'192.168.197.128/24 global\n192.168.197.120/24 global' "$(addresses lvs-128 ens33)"
assert_eq "addresses of the standby" "192.168.197.129/24 global" "$(addresses lvs-129 ens33)"
assert_real_server 192.168.197.120/32 nginx-130 nginx-131

assert_eq "answers to four clients" $'2 nginx-130\n2 nginx-131' "$(ask_nginx 0 | tally)"
assert_eq "servers of one client within 5 s" 1 "$(fetch_times client http://192.168.197.120/ 4 | tally | wc -l)"
