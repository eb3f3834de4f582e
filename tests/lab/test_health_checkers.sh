# Every checker against other people's servers that hang, refuse, answer late, or are gone: the member leaves and returns.
# ipvsadm is the oracle; how long each took is printed.
# timeout: 240
host director eth0 10.0.0.2/24
host names eth0 10.0.0.11/24
host mail eth0 10.0.0.12/24
host shop eth0 10.0.0.13/24
host web eth0 10.0.0.14/24
echo pong >"$LAB_RUN/hosts/names/echo"
echo works >"$LAB_RUN/hosts/web/www/health"
run_dnsmasq names
run_echo names
run_smtp_sink mail
make_authority
run_tls_nginx shop
give_certificate shop shop
run_grpc_health shop
run_web web
# The script's server.
chmod 755 "$LAB_RUN"
mkdir -m 755 "$LAB_RUN/state"
touch "$LAB_RUN/state/up"
printf '#!/bin/sh\ncd %s/state\ntest -e hangs && exec sleep 1000\ntest -e up\n' "$LAB_RUN" >"$LAB_RUN/check"
chmod 755 "$LAB_RUN/check"

every="interval: 400ms, retries: 0"
tls="verify: true, caFile: $LAB_RUN/ca.pem, serverName: shop"
{
  checked tcp 10.0.0.14 80 "{tcp: {timeout: 2s}, $every}"
  checked http 10.0.0.14 80 "{http: {path: /health, bodyContains: works, timeout: 2s}, $every}"
  checked https 10.0.0.13 443 "{https: {path: /, timeout: 2s, $tls}, $every}"
  checked script 10.0.0.14 80 "{script: {command: ['$LAB_RUN/check'], timeout: 2s}, $every}"
  checked dns 10.0.0.11 53 "{dns: {name: www.example.com, type: A, timeout: 2s}, $every}"
  checked smtp 10.0.0.12 25 "{smtp: {timeout: 2s}, $every}"
  checked udp 10.0.0.11 7 "{udp: {payload: ping, reply: pong, timeout: 2s}, $every}"
  # Silence passes; it takes more than three seconds until ARP says that a host is gone.
  checked silent-udp 10.0.0.11 7 "{udp: {payload: ping, timeout: 4s}, $every}"
  checked ping 10.0.0.12 80 "{ping: {timeout: 2s}, $every}"
  checked grpc 10.0.0.13 50051 "{grpc: {service: shop, timeout: 2s}, $every}"
  checked grpc-tls 10.0.0.13 443 "{grpc: {timeout: 2s, tls: {$tls}}, $every}"
} >"$LAB_RUN/checks.yaml"
from_now
run_ballast director "$LAB_RUN/checks.yaml"
await_out "all serve"

from_now
for server in "names dnsmasq" "names echo" "mail smtp" "shop tls" "shop grpc" "web web"; do
  # shellcheck disable=SC2086
  hang_server $server
done
touch "$LAB_RUN/state/hangs"
on mail sysctl -qw net.ipv4.icmp_echo_ignore_all=1
# The kernel goes on accepting connections, and says nothing of datagrams.
await_out "they hang" http https script dns smtp udp ping grpc grpc-tls
stdout=$(ballast_on director status) || true
assert_contains "status" "$stdout" "no TLS handshake within 2s" "no echo reply within 2s" "no answer within 2s"
from_now
for server in "names dnsmasq" "names echo" "mail smtp" "shop tls" "shop grpc" "web web"; do
  # shellcheck disable=SC2086
  resume_server $server
done
rm "$LAB_RUN/state/hangs"
on mail sysctl -qw net.ipv4.icmp_echo_ignore_all=0
await_out "they answer again"

from_now
for server in "names dnsmasq" "names echo" "mail smtp" "shop tls" "shop grpc" "web web"; do
  # shellcheck disable=SC2086
  refuse_server $server
done
rm "$LAB_RUN/state/up"
await_out "they have ended" tcp http https script dns smtp udp silent-udp grpc grpc-tls
stdout=$(ballast_on director status) || true
assert_contains "status" "$stdout" "connection refused"
from_now
run_dnsmasq names
run_echo names
run_smtp_sink mail
run_tls_nginx shop
give_certificate shop shop
run_grpc_health shop
run_web web
touch "$LAB_RUN/state/up"
await_out "they run again"

from_now
for server in names mail shop web; do on "$server" tc qdisc add dev eth0 root netem delay 3s; done
await_out "each packet takes three seconds" tcp http https dns smtp udp ping grpc grpc-tls
from_now
for server in names mail shop web; do on "$server" tc qdisc del dev eth0 root; done
await_out "they are fast again"

from_now
for server in names mail shop web; do vanish "$server"; done
on director ip neigh flush dev eth0
await_out "the hosts are gone" tcp http https dns smtp udp silent-udp ping grpc grpc-tls
from_now
for server in names mail shop web; do appear "$server"; done
await_out "the hosts are back"
stop_node director
