# A download in progress through the virtual IP survives every change of the service around it. It goes on only as far as
# it is read from a pipe, a piece after each change, and is too large for the sockets' buffers: so it cannot end early.
host director eth0 10.0.0.2/24
host client eth0 10.0.0.99/24
for number in 11 12; do
  host "web-$number" eth0 "10.0.0.$number/24"
  on "web-$number" sysctl -qw net.ipv4.conf.{all,lo}.arp_ignore=1 net.ipv4.conf.{all,lo}.arp_announce=2
  on "web-$number" ip addr add 10.0.0.100/32 dev lo
  nginx_on "web-$number"
  head -c 8000000 /dev/urandom >"$LAB_RUN/hosts/web-$number/www/file"
done

# manifest SCHEDULER MEMBERS: "sh, schedulerFlags: [sh-port]" is a scheduler with its flags.
manifest() {
  cat >"$LAB_RUN/cluster.yaml" <<EOF
apiVersion: ballast/v1
kind: Address
metadata: {name: vip}
spec: {nodes: [director], interface: eth0, address: 10.0.0.100/24}
---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: web}
spec: {address: 10.0.0.100, port: 80, scheduler: $1, forwarding: DR, pool: web}
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: web}
spec: {members: [$2]}
EOF
}
change() {
  manifest "$@"
  apply_manifest director "$LAB_RUN/cluster.yaml"
  kill -0 "$download" || fail "the download has ended before the change: $*"
  receive 700000 || fail "the download does not go on after the change: $*"
}
# The next bytes of the download.
receive() { timeout 60 head -c "$1" <&"$pipe" >>"$LAB_RUN/received"; }
one="{address: 10.0.0.11, weight: 1}"
two="{address: 10.0.0.12, weight: 1}"

manifest rr "$one"
apply_manifest director "$LAB_RUN/cluster.yaml"
on client sysctl -qw net.ipv4.tcp_rmem="4096 65536 131072"
on web-11 sysctl -qw net.ipv4.tcp_wmem="4096 65536 131072"
mkfifo "$LAB_RUN/pipe"
lab_become client curl --silent --show-error --max-time 200 http://10.0.0.100/file \
  >"$LAB_RUN/pipe" 2>"$LAB_RUN/hosts/client/log/curl.log" &
download=$!
exec {pipe}<"$LAB_RUN/pipe"
receive 100000

heavy="{address: 10.0.0.11, weight: 7}"
drained="{address: 10.0.0.11, weight: 0}"

change rr "$one, $two"      # another member comes
# diff says how many connections a change would end: as many as ipvsadm counts.
manifest rr "$two"
expect_status 1 ballast_on director diff -f "$LAB_RUN/cluster.yaml"
counted=$(on director ipvsadm -Ln | awk '$2 == "10.0.0.11:80" {print $5 " active, " $6 " inactive connections"}')
assert_eq "connections of the destination that would go" "$counted" \
  "$(sed -n 's/.* destination 10.0.0.11:80.* \([0-9]* active, .*\)/\1/p' <<<"$stdout")"
assert_contains "the download" "$counted" "1 active"
change rr "$heavy, $two"    # its own member's weight
change sh "$heavy, $two"    # the scheduler
change "sh, schedulerFlags: [sh-port, sh-fallback]" "$heavy, $two"
assert_contains "the kernel has the last change" "$(ipvs director)" "-s sh -b sh-fallback,sh-port" "10.0.0.11:80 -g -w 7"
change wrr "$drained, $two" # what runs goes on
change wrr "$one"           # the other member goes

receive 8000000
wait "$download" || fail "curl: exit status $?: $(<"$LAB_RUN/hosts/client/log/curl.log")"
cmp "$LAB_RUN/received" "$LAB_RUN/hosts/web-11/www/file"
# A service that was made anew would have begun to count anew.
connections=$(on director ipvsadm -Ln --stats | awk '$1 == "TCP" {print $3}')
assert_eq "connections that this service has seen" 1 "$connections"
