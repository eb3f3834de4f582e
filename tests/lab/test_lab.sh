# The lab itself: director, two real servers and a client set up by hand, as the tutorials do, answer through the VIP.
host director eth0 10.0.0.2/24
host one eth0 10.0.0.11/24
host two eth0 10.0.0.12/24
host client eth0 10.0.0.99/24

for server in one two; do
  nginx_on "$server"
  on "$server" sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.lo.arp_ignore=1
  on "$server" sysctl -qw net.ipv4.conf.all.arp_announce=2 net.ipv4.conf.lo.arp_announce=2
  on "$server" ip addr add 10.0.0.100/32 dev lo scope host
done
on director ip addr add 10.0.0.100/24 dev eth0
on director ipvsadm -A -t 10.0.0.100:80 -s rr
on director ipvsadm -a -t 10.0.0.100:80 -r 10.0.0.11 -g
on director ipvsadm -a -t 10.0.0.100:80 -r 10.0.0.12 -g

answers=$(fetch_times client http://10.0.0.100/ 4)
assert_eq "answers" $'2 one\n2 two' "$(tally <<<"$answers")"
assert_eq "the host's own name" one "$(on one hostname)"
assert_eq "addresses of one" $'127.0.0.1/8 host\n10.0.0.100/32 host\n::1/128 host' "$(addresses one lo)"

# Hosts do not see each other's /run and names; the machine's own files cannot be changed.
on one touch /run/mine
expect_status 1 on two test -e /run/mine
expect_status 1 touch "$LAB_SOURCE/written-by-a-test"
assert_contains "message" "$stderr" "Read-only file system"
