# manifests/ipv6: direct routing over IPv6.
manifest=$LAB_SOURCE/manifests/ipv6/cluster.yaml
host director eth0 2001:db8::2/64
host client eth0 2001:db8::200/64
for number in 11 12; do
  host "web-$number" eth0 "2001:db8::$number/64"
  nginx_on "web-$number"
done

for node in director web-11 web-12; do apply_manifest "$node" "$manifest"; done

assert_eq "ipvsadm -Sn" "-A -t [2001:db8::100]:80 -s rr
-a -t [2001:db8::100]:80 -r [2001:db8::11]:80 -g -w 1
-a -t [2001:db8::100]:80 -r [2001:db8::12]:80 -g -w 1" "$(ipvs director)"
assert_contains "addresses of the director" "$(addresses director eth0)" "2001:db8::100/64 global"
for server in web-11 web-12; do
  assert_contains "lo of $server" "$(addresses "$server" lo)" "2001:db8::100/128 "
done
assert_eq "answers" $'2 web-11\n2 web-12' "$(fetch_times client 'http://[2001:db8::100]/' 4 | tally)"
