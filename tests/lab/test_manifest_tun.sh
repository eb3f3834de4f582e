# manifests/tun: real servers in another network, behind a router; packets to them travel in packets (seen by tcpdump).
manifest=$LAB_SOURCE/manifests/tun/cluster.yaml
network front
network back
host router
plug router front front 192.0.2.1/24
plug router back back 198.51.100.1/24
on router sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.{all,front,back}.rp_filter=0
host director
plug director front eth0 192.0.2.2/24
host client
plug client front eth0 192.0.2.200/24
for node in director client; do route "$node" default 192.0.2.1; done
for number in 11 12; do
  host "web-$number"
  plug "web-$number" back eth0 "198.51.100.$number/24"
  route "web-$number" default 198.51.100.1
  # As many distributions have it: strict, so that the manifest has something to put right.
  on "web-$number" sysctl -qw net.ipv4.conf.{all,default,eth0}.rp_filter=1
  nginx_on "web-$number"
done

for node in director web-11 web-12; do apply_manifest "$node" "$manifest"; done

assert_eq "ipvsadm -Sn" "-A -t 192.0.2.100:80 -s rr
-a -t 192.0.2.100:80 -r 198.51.100.11:80 -i -w 1
-a -t 192.0.2.100:80 -r 198.51.100.12:80 -i -w 1" "$(ipvs director | sed 's/ --tun-type ipip//')"
assert_real_server 192.0.2.100/32 web-11 web-12
for server in web-11 web-12; do
  assert_contains "tunl0 of $server" "$(on "$server" ip link show dev tunl0)" "UP"
  assert_eq "rp_filter of $server" $'0\n0' "$(on "$server" sysctl -n net.ipv4.conf.{all,tunl0}.rp_filter)"
done

dump_start router front ip proto 4
assert_eq "answers" $'2 web-11\n2 web-12' "$(fetch_times client http://192.0.2.100/ 4 | tally)"
wait_until 5 "tcpdump to have seen both servers" grep -q "> 198.51.100.12: IP 192.0.2.200." "$LAB_RUN/hosts/router/log/tcpdump.out"
assert_contains "packets in packets" "$(dump_stop router)" \
  "192.0.2.2 > 198.51.100.11: IP 192.0.2.200." "192.0.2.2 > 198.51.100.12: IP 192.0.2.200."
