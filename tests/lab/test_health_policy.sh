# What follows from health: quiesce keeps a failed member at weight 0, minHealthy stops further members from leaving,
# failOpen, slow start, quorum; and what the operator says at run time, with connections that drain.
# timeout: 180
host director eth0 10.0.0.2/24
host client eth0 10.0.0.99/24
host web eth0 10.0.0.11/24
on web sysctl -qw net.ipv4.conf.{all,lo}.arp_ignore=1 net.ipv4.conf.{all,lo}.arp_announce=2
on web ip addr add 10.0.0.100/32 dev lo
for number in 12 13 14; do on web ip addr add "10.0.0.$number/24" dev eth0; done
head -c 4000000 /dev/zero >"$LAB_RUN/hosts/web/www/slow/file"
nginx_on web
# A member is up while the file of its address is there.
mkdir "$LAB_RUN/up"
chmod 755 "$LAB_RUN" "$LAB_RUN/up"
printf '#!/bin/sh\ntest -e %s/up/$BALLAST_ADDRESS\n' "$LAB_RUN" >"$LAB_RUN/check"
chmod 755 "$LAB_RUN/check"
is_up() { touch "$LAB_RUN/up/$1"; }
is_down() { rm -f "$LAB_RUN/up/$1"; }

# manifest MEMBERS POLICY [DOCUMENT FIELDS OF THE SERVICE]
manifest() {
  cat >"$LAB_RUN/next" <<YAML
apiVersion: ballast/v1
kind: Address
metadata: {name: vip}
spec: {nodes: [director], interface: eth0, address: 10.0.0.100/24}
---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: web}
spec: {address: 10.0.0.100, port: 80, scheduler: wrr, forwarding: DR, pool: web${3-}}
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: web}
spec:
  members: [$1]
  checks: [{script: {command: ["$LAB_RUN/check"], timeout: 2s}, interval: 200ms, retries: 0}]
  $2
YAML
  mv "$LAB_RUN/next" "$LAB_RUN/cluster.yaml"
}
# change MEMBERS POLICY [FIELDS]: and it is in force.
changes=0
in_force() { (($(grep -c "is in force" "$LAB_RUN/hosts/director/log/run.log") == changes)); }
change() {
  manifest "$@"
  changes=$((changes + 1))
  wait_until 20 "the manifest to be in force" in_force
}
all="{address: 10.0.0.11, weight: 10}, {address: 10.0.0.12, weight: 10}, {address: 10.0.0.13, weight: 10}, {address: 10.0.0.14, weight: 10}"
for number in 11 12 13 14; do is_up "10.0.0.$number"; done

echo "quiesce and minHealthy: two of four may go, no further one"
manifest "$all" $'onFailure: quiesce\n  minHealthy: 50%'
run_ballast director "$LAB_RUN/cluster.yaml"
await_weights 20 director "10.0.0.11:80 10" "10.0.0.12:80 10" "10.0.0.13:80 10" "10.0.0.14:80 10"
is_down 10.0.0.11
await_weights 20 director "10.0.0.11:80 0" "10.0.0.12:80 10" "10.0.0.13:80 10" "10.0.0.14:80 10"
is_down 10.0.0.12
await_weights 20 director "10.0.0.11:80 0" "10.0.0.12:80 0" "10.0.0.13:80 10" "10.0.0.14:80 10"
is_down 10.0.0.13
kept() { ballast_on director status | grep -q '! 10.0.0.13:80 .*kept'; }
wait_until 20 "the third to be kept" kept
assert_eq "destinations" "$(printf '%s\n' "10.0.0.11:80 0" "10.0.0.12:80 0" "10.0.0.13:80 10" "10.0.0.14:80 10")" \
  "$(weights_of director)"

echo "the manifest changes: what is known of the checks is kept; failOpen"
change "{address: 10.0.0.11, weight: 10}, {address: 10.0.0.12, weight: 10}" "failOpen: true"
await_weights 20 director "10.0.0.11:80 10" "10.0.0.12:80 10"
is_up 10.0.0.12
await_weights 20 director "10.0.0.12:80 10"

echo "slow start: the weight grows"
change "{address: 10.0.0.11, weight: 10}, {address: 10.0.0.12, weight: 10}" "slowStart: 20s"
is_up 10.0.0.11
slow() { [[ $(weights_of director) =~ 10.0.0.11:80\ [1-5]$'\n' ]]; }
wait_until 20 "a part of its weight" slow
change "{address: 10.0.0.11, weight: 10}, {address: 10.0.0.12, weight: 10}" "slowStart: 0s"
await_weights 20 director "10.0.0.11:80 10" "10.0.0.12:80 10"

echo "quorum: 15 of weight are needed, and 20 to be back"
change "{address: 10.0.0.11, weight: 10}, {address: 10.0.0.12, weight: 10}" $'quorum: 15\n  hysteresis: 5' \
  ", sorryServer: {address: 10.0.0.14}"
await_weights 20 director "10.0.0.11:80 10" "10.0.0.12:80 10"
is_down 10.0.0.12
await_weights 20 director "10.0.0.11:80 10"
is_down 10.0.0.11
await_weights 20 director "10.0.0.14:80 1"
is_up 10.0.0.11
is_up 10.0.0.12
await_weights 20 director "10.0.0.11:80 10" "10.0.0.12:80 10"

echo "drain: a member that an operator drains keeps its connections"
change "{address: 10.0.0.11, weight: 10}" "drain: 60s"
await_weights 20 director "10.0.0.11:80 10"
received() { (($(stat -c %s "$LAB_RUN/received" 2>/dev/null || echo 0) > 0)); }
lab_become client curl --silent --show-error --max-time 60 --output "$LAB_RUN/received" http://10.0.0.100/slow/file &
download=$!
wait_until 20 "the first bytes" received
ballast_on director member drain 10.0.0.11 >/dev/null
await_weights 20 director "10.0.0.11:80 0"
ballast_on director member manifest 10.0.0.11 >/dev/null
await_weights 20 director "10.0.0.11:80 10"

echo "one that the manifest lacks does so, too, until they have ended"
change "{address: 10.0.0.12, weight: 10}" "drain: 60s"
await_weights 20 director "10.0.0.11:80 0" "10.0.0.12:80 10"
wait "$download" || fail "curl: exit status $?"
cmp "$LAB_RUN/received" "$LAB_RUN/hosts/web/www/slow/file"
on director ipvsadm --set 0 1 0
await_weights 60 director "10.0.0.12:80 10"

expect_status 2 ballast_on director member drain 10.0.0.77
assert_contains "stderr" "$stderr" "no pool has the member 10.0.0.77"
stop_node director
