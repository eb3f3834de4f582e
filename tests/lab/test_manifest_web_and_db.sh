# manifests/web-and-db: two virtual IPs, each on its own director; both directors have both services.
# A TCP server that says its name stands for the database: what IPVS does with port 3306 does not depend on MariaDB.
manifest=$LAB_SOURCE/manifests/web-and-db/cluster.yaml
host director-a eth0 192.168.1.2/24
host director-b eth0 192.168.1.3/24
for number in 10 11; do
  host "web-$number" eth0 "192.168.1.$number/24"
  nginx_on "web-$number" 80
done
for number in 20 21; do
  host "db-$number" eth0 "192.168.1.$number/24"
  nginx_on "db-$number" 3306
done
host client eth0 192.168.1.200/24

apply_manifest director-a "$manifest" --as-master web
apply_manifest director-b "$manifest" --as-master database
for node in web-10 web-11 db-20 db-21; do apply_manifest "$node" "$manifest"; done

services="-A -t 192.168.1.100:80 -s rr
-A -t 192.168.1.101:3306 -s rr
-a -t 192.168.1.100:80 -r 192.168.1.10:80 -g -w 1
-a -t 192.168.1.100:80 -r 192.168.1.11:80 -g -w 1
-a -t 192.168.1.101:3306 -r 192.168.1.20:3306 -g -w 1
-a -t 192.168.1.101:3306 -r 192.168.1.21:3306 -g -w 1"
assert_eq "ipvsadm -Sn on director-a" "$services" "$(ipvs director-a)"
assert_eq "ipvsadm -Sn on director-b" "$services" "$(ipvs director-b)"
assert_eq "addresses of director-a" $'192.168.1.2/24 global\n192.168.1.100/24 global' "$(addresses director-a eth0)"
assert_eq "addresses of director-b" $'192.168.1.3/24 global\n192.168.1.101/24 global' "$(addresses director-b eth0)"
assert_real_server 192.168.1.100/32 web-10 web-11
assert_real_server 192.168.1.101/32 db-20 db-21
assert_lacks "lo of db-20" "$(addresses db-20 lo)" 192.168.1.100

assert_eq "web" $'2 web-10\n2 web-11' "$(fetch_times client http://192.168.1.100/ 4 | tally)"
assert_eq "database" $'2 db-20\n2 db-21' "$(fetch_times client http://192.168.1.101:3306/ 4 | tally)"

# Director-b stands in: only its addresses change.
ballast_on director-a apply -f "$manifest" >/dev/null
assert_eq "director-a gave its address up" "192.168.1.2/24 global" "$(addresses director-a eth0)"
assert_eq "writes of the takeover" 1 "$(writes_of director-b apply -f "$manifest" --as-master web --as-master database)"
on client ip neigh flush dev eth0
assert_eq "web by director-b" $'2 web-10\n2 web-11' "$(fetch_times client http://192.168.1.100/ 4 | tally)"
