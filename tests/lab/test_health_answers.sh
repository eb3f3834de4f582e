# Wrong status, body, digest, certificate and answer: the member leaves and returns. Several requests in one check, any of
# two checks, one check for two services, firewall mark, source address, another address, weight by script. And what
# `ballast digest` says of a server is what genhash says.
# timeout: 240
host director eth0 10.0.0.2/24 10.0.0.3/24
host names eth0 10.0.0.11/24
host mail eth0 10.0.0.12/24
host shop eth0 10.0.0.13/24
host web eth0 10.0.0.14/24
www=$LAB_RUN/hosts/web/www
echo pong >"$LAB_RUN/hosts/names/echo"
for name in status body expression one two any-one any-two shared alone source elsewhere; do echo works >"$www/$name"; done
echo works >"$www/slow/file"
echo 192.0.2.2 mail.example.com >"$LAB_RUN/hosts/names/names"
run_dnsmasq names
run_echo names
echo 554 >"$LAB_RUN/hosts/mail/greeting"
run_smtp_sink mail
make_authority
run_tls_nginx shop
run_grpc_health shop
run_web web
chmod 755 "$LAB_RUN"
printf '#!/bin/sh\nexit $(cat %s/status)\n' "$LAB_RUN" >"$LAB_RUN/check"
chmod 755 "$LAB_RUN/check"
echo 9 >"$LAB_RUN/status"

every="interval: 400ms, retries: 0"
md5=$(md5sum <"$www/one" | cut -c -32)
sha256=$(sha256sum <"$www/two" | cut -c -64)
http() { echo "{http: {path: /$1${3-}, timeout: ${2-10s}}, $every}"; }
{
  checked status 10.0.0.14 80 "$(http status)"
  checked body 10.0.0.14 80 "$(http body 10s ', bodyContains: ork')"
  checked expression 10.0.0.14 80 "$(http expression 10s ", bodyMatches: '^w[a-z]+s'")"
  checked digests 10.0.0.14 80 \
    "{http: {urls: [{path: /one, md5: $md5}, {path: /two, sha256: $sha256}], timeout: 10s}, $every}"
  checked slow 10.0.0.14 80 "$(http slow/file 3s ', bodyContains: works')"
  checked any 10.0.0.14 80 "$(http any-one), $(http any-two)" ", require: any"
  checked shared-one 10.0.0.14 80 "$(http shared)"
  checked shared-two 10.0.0.14 80 "$(http shared)"
  checked alone 10.0.0.14 80 "$(http alone)"
  checked marked 10.0.0.14 80 "{tcp: {timeout: 10s}, mark: 7, $every}"
  checked source 10.0.0.14 80 "{http: {path: /source, timeout: 10s}, source: 10.0.0.3, $every}"
  checked elsewhere 10.0.0.99 8080 "{http: {path: /elsewhere, timeout: 10s}, address: 10.0.0.14, port: 80, $every}"
  checked https 10.0.0.13 443 "{https: {timeout: 10s, verify: true, caFile: $LAB_RUN/ca.pem, serverName: shop}, $every}"
  checked unverified 10.0.0.13 443 "{https: {timeout: 10s}, $every}"
  checked dns 10.0.0.11 53 "{dns: {name: www.example.com, type: A, timeout: 10s}, $every}"
  checked unknown-name 10.0.0.11 53 "{dns: {name: www.example.org, type: A, timeout: 10s}, $every}"
  checked dns-hosts 10.0.0.11 53 "{dns: {name: mail.example.com, type: A, timeout: 10s}, $every}"
  checked smtp 10.0.0.12 25 "{smtp: {timeout: 10s}, $every}"
  checked udp 10.0.0.11 7 "{udp: {payload: ping, reply: pong, timeout: 10s}, $every}"
  checked grpc 10.0.0.13 50051 "{grpc: {service: shop, timeout: 10s}, $every}"
  checked unknown-grpc 10.0.0.13 50051 "{grpc: {service: shoe, timeout: 10s}, $every}"
  checked grpc-tls 10.0.0.13 443 \
    "{grpc: {timeout: 10s, tls: {verify: true, caFile: $LAB_RUN/ca.pem, serverName: shop}}, $every}"
  checked weight 10.0.0.14 80 "{script: {command: ['$LAB_RUN/check'], dynamicWeight: true, timeout: 10s}, $every}"
} >"$LAB_RUN/checks.yaml"
# What serves never, as its server says what is wrong all along.
never=(unknown-name unknown-grpc)

from_now
run_ballast director "$LAB_RUN/checks.yaml"
await_out "a certificate signed by itself, a mail server that greets with 554" https grpc-tls smtp "${never[@]}"
stdout=$(ballast_on director status) || true
assert_contains "status" "$stdout" "REFUSED" "554" "self-signed certificate" "SERVICE_UNKNOWN"
from_now
give_certificate shop shop
refuse_server mail smtp
rm "$LAB_RUN/hosts/mail/greeting"
run_smtp_sink mail --no-ehlo
await_out "the authority's certificate, a mail server that knows HELO only" "${never[@]}"
from_now
give_certificate shop other
await_out "a certificate for another name" https grpc-tls "${never[@]}"
from_now
give_certificate shop shop
await_out "its own name" "${never[@]}"
from_now
give_certificate shop shop -1
await_out "a certificate that has expired" https grpc-tls "${never[@]}"
from_now
give_certificate shop shop
await_out "a valid one" "${never[@]}"

from_now
mv "$www/status" "$www/no-status"
echo broken | tee "$www/body" "$www/expression" >"$www/two"
{ head -c 900000 /dev/zero && echo works; } >"$www/slow/new"
mv "$www/slow/new" "$www/slow/file"
rm "$www/any-one"
echo gone >"$LAB_RUN/hosts/names/echo"
set_grpc_health shop 2
on director ip rule add fwmark 7 unreachable
echo 421 >"$LAB_RUN/hosts/mail/greeting"
: >"$LAB_RUN/hosts/names/names"
reread_names names
await_out "wrong answers" status body expression digests slow udp grpc grpc-tls marked smtp dns-hosts "${never[@]}"
stdout=$(ballast_on director status) || true
assert_contains "status" "$stdout" "status 404, wanted 200-299" "within 3s" "NOT_SERVING" "421" "REFUSED"
from_now
mv "$www/no-status" "$www/status"
echo works | tee "$www/body" "$www/expression" "$www/two" >"$www/slow/file"
echo pong >"$LAB_RUN/hosts/names/echo"
set_grpc_health shop 1
rm "$LAB_RUN/hosts/mail/greeting"
echo 192.0.2.2 mail.example.com >"$LAB_RUN/hosts/names/names"
reread_names names
on director ip rule del fwmark 7 unreachable
await_out "right ones" "${never[@]}"
from_now
rm "$www/any-two" "$www/one"
await_out "both of any are gone, and the first of two requests" any digests "${never[@]}"
from_now
echo works | tee "$www/any-two" >"$www/one"
await_out "one of any, and both requests" "${never[@]}"

weight_is() { [[ $(on director ipvsadm -Sn) == *" -t 10.0.0.100:${#lab_checks[@]} -r 10.0.0.14:80 -m -w $1"* ]]; }
wait_until 30 "weight 7 by exit status 9" weight_is 7
echo 52 >"$LAB_RUN/status"
wait_until 30 "weight 50 by exit status 52" weight_is 50
from_now
echo 1 >"$LAB_RUN/status"
await_out "exit status 1" weight "${never[@]}"

stop_node director
echo "digests are genhash's"
# genhash_of ADDRESS PORT URL [OPTION...]
genhash_of() { on director genhash -s "$1" -p "$2" -u "$3" "${@:4}"; }
head -c 300000 /dev/urandom >"$www/large"
for path in one large; do
  digest=$(ballast_on director digest "http://10.0.0.14/$path")
  assert_eq "digest of $path" "$(md5sum <"$www/$path" | cut -c -32)" "$digest"
  assert_eq "genhash's of $path" "$digest" "$(genhash_of 10.0.0.14 80 "/$path")"
done
assert_eq "SHA-256" "$(sha256sum <"$www/large" | cut -c -64)" "$(ballast_on director digest --sha256 http://10.0.0.14/large)"
assert_eq "digest over TLS" "$(genhash_of 10.0.0.13 443 / -S)" "$(ballast_on director digest https://10.0.0.13/)"
expect_status 2 ballast_on director digest http://10.0.0.14/nothing
assert_contains "why not" "$stderr" "status 404"

requests() { grep -c " /$1\$" "$LAB_RUN/hosts/web/requests"; }
shared=$(requests shared) alone=$(requests alone)
echo "requests of one check for two services: $shared, for one: $alone"
((alone > 10 && shared * 2 < alone * 3)) || fail "a check that two services want runs once: $shared requests, not $alone"
assert_eq "clients" $'10.0.0.2 /alone\n10.0.0.3 /source' \
  "$(sort -u "$LAB_RUN/hosts/web/requests" | grep -E '/(alone|source)$')"
