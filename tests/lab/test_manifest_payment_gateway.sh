# manifests/payment-gateway: the guide's verification section, with keepalived's configuration imported too; a label, a
# tracked script whose weight moves nothing, and maintenance by priority.
# timeout: 300
host lb-1 ens33 192.168.10.101/24
host lb-2 ens33 192.168.10.102/24
for number in 1 2; do
  host "pay-$number" ens33 "192.168.10.11$number/24"
  nginx_on "pay-$number"
  ballast_on "pay-$number" apply -f "$LAB_SOURCE/manifests/payment-gateway/cluster.yaml" >/dev/null
done
assert_real_server 192.168.10.100/32 pay-1 pay-2
host client ens33 192.168.10.200/24
guide=payment-gateway
directors=(lb-1 lb-2)
homes=([192.168.10.100/24]=lb-1)
members=("192.168.10.111:80 1" "192.168.10.112:80 1")
members_left=("192.168.10.112:80 1")
servers=(pay-1 pay-2)
servers_left=(pay-2)
remarks=""
ask() { fetch_times client http://192.168.10.100/ 4; }
stop_server() { kill -TERM "$(<"$LAB_RUN/hosts/pay-1/nginx.pid")"; }
start_server() { nginx_on pay-1; }

# A copy, for the directors to watch while its priorities change.
guide_copy=$LAB_RUN/cluster.yaml
cp "$LAB_SOURCE/manifests/payment-gateway/cluster.yaml" "$guide_copy"
play_guide "$guide_copy"
assert_contains "the labels" "$keepalived_states" '"label":"ens33:0","local":"192.168.10.100"'
assert_eq "send_redirects" $'0\n0\n0' "$(on lb-1 sysctl -n net.ipv4.conf.{all,default,ens33}.send_redirects)"

echo "the script fails: priority 95, which is above 90"
dump_start lb-2 ens33 -Q in ip proto 112
advertises() { tail -n 3 "$LAB_RUN/hosts/lb-2/log/tcpdump.out" | grep -q "prio $1,"; }
touch "$LAB_RUN/hosts/lb-1/run/maintenance"
wait_until 60 "priority 95" advertises 95
assert_eq "holder" lb-1 "$(holders 192.168.10.100/24 lb-1 lb-2)"
rm "$LAB_RUN/hosts/lb-1/run/maintenance"
wait_until 60 "priority 100" advertises 100
dump_stop lb-2 >"$LAB_RUN/tmp/dump"

echo "maintenance by priority"
set_priority() {
  sed "s/{node: lb-1, priority: [0-9]*}/{node: lb-1, priority: $1}/" "$guide_copy" >"$guide_copy.new"
  mv "$guide_copy.new" "$guide_copy"
}
set_priority 80
await_all_on lb-2
await_answers pay-1 pay-2
set_priority 100
await_homes
