# manifests/web-and-db: two virtual IPs, each on its own director; both directors have both services. The guide's
# verification section, with keepalived's configuration imported too: a MariaDB server that hangs is found by the script.
# timeout: 300
manifest=$LAB_SOURCE/manifests/web-and-db/cluster.yaml
host director-a eth0 192.168.1.2/24
host director-b eth0 192.168.1.3/24
for number in 10 11; do
  host "web-$number" eth0 "192.168.1.$number/24"
  nginx_on "web-$number" 80
done
for number in 20 21; do
  host "db-$number" eth0 "192.168.1.$number/24"
  run_mariadb "db-$number"
done
host client eth0 192.168.1.200/24
for node in web-10 web-11 db-20 db-21; do ballast_on "$node" apply -f "$manifest" >/dev/null; done
assert_real_server 192.168.1.100/32 web-10 web-11
assert_real_server 192.168.1.101/32 db-20 db-21
assert_lacks "lo of db-20" "$(addresses db-20 lo)" 192.168.1.100

guide=web-and-db
directors=(director-a director-b)
homes=([192.168.1.100/24]=director-a [192.168.1.101/24]=director-b)
members=("192.168.1.10:80 1" "192.168.1.11:80 1" "192.168.1.20:3306 1" "192.168.1.21:3306 1")
members_left=("192.168.1.11:80 1" "192.168.1.21:3306 1")
servers=(web-10 web-11 db-20 db-21)
servers_left=(web-11 db-21)
remarks=""
query() { on client mysql --no-defaults --host=192.168.1.101 --connect-timeout=5 -Ne 'SELECT @@hostname'; }
ask() {
  fetch_times client http://192.168.1.100/ 4
  query
  query
}
stop_server() {
  kill -TERM "$(<"$LAB_RUN/hosts/web-10/nginx.pid")"
  hang_server db-20 mariadb
}
start_server() {
  nginx_on web-10
  resume_server db-20 mariadb
}
play_guide
