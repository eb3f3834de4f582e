# manifests/fwmark: ports 80 and 443 are one service; a client stays with its server over both.
manifest=$LAB_SOURCE/manifests/fwmark/cluster.yaml
host director eth0 203.0.113.2/24
host client eth0 203.0.113.20{1,2,3,4}/24
for number in 11 12; do
  host "web-$number" eth0 "203.0.113.$number/24"
  nginx_on "web-$number" 80 443
done
on director iptables-legacy -t mangle -A PREROUTING -d 203.0.113.100 -p tcp -m multiport --dports 80,443 \
  -j MARK --set-mark 7

for node in director web-11 web-12; do apply_manifest "$node" "$manifest"; done

assert_eq "ipvsadm -Sn" "-A -f 7 -s rr -p 300
-a -f 7 -r 203.0.113.11:0 -g -w 1
-a -f 7 -r 203.0.113.12:0 -g -w 1" "$(ipvs director)"
assert_real_server 203.0.113.100/32 web-11 web-12

clients=(203.0.113.20{1,2,3,4})
by_http=$(fetch_from client http://203.0.113.100/ "${clients[@]}")
by_https=$(fetch_from client http://203.0.113.100:443/ "${clients[@]}")
assert_eq "answers on port 80" $'2 web-11\n2 web-12' "$(tally <<<"$by_http")"
assert_eq "answers on port 443 are of the same servers" "$by_http" "$by_https"
