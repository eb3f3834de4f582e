# A real server stops and returns: a script, a webhook and a mail box are told, each once for each event, also of the
# quorum and of roles; a mail server that refuses one recipient or hangs keeps nobody from anything. A webhook over TLS goes
# only to whom the certificate proves.
# timeout: 300
host director eth0 10.0.0.2/24
host web eth0 10.0.0.11/24
on web sysctl -qw net.ipv4.conf.{all,lo}.arp_ignore=1 net.ipv4.conf.{all,lo}.arp_announce=2
on web ip addr add 10.0.0.100/32 dev lo
nginx_on web
host office eth0 10.0.0.20/24
run_post_sink office
run_smtp_sink office
host desk eth0 10.0.0.21/24
run_post_sink desk
make_authority
run_tls_nginx desk "desk,IP:10.0.0.21"
on director mount --bind "$LAB_RUN/ca.pem" /etc/ssl/certs/ca-certificates.crt
export no_proxy='*'
posts=$LAB_RUN/hosts/office/posts mails=$LAB_RUN/hosts/office/mail notes=$LAB_RUN/notes
mkdir "$notes"
chmod 755 "$LAB_RUN"
chmod 777 "$notes"
cat >"$LAB_RUN/note" <<'SCRIPT'
#!/bin/sh
echo "$1 $BALLAST_EVENT $BALLAST_NODE $BALLAST_SERVICE$BALLAST_ROUTER $BALLAST_ADDRESS$BALLAST_ADDRESSES $BALLAST_MEMBER$BALLAST_ROLE" \
  >>"$(dirname "$0")/notes/lines"
SCRIPT
chmod 755 "$LAB_RUN/note"

cat >"$LAB_RUN/cluster.yaml" <<YAML
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: gateway}
spec:
  {virtualRouterId: 51, interface: eth0, addresses: [10.0.0.100/24], routers: [{node: director}]}
---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: web}
spec:
  {address: 10.0.0.100, port: 80, scheduler: rr, forwarding: DR, pool: web,
   notify: {script: {command: [$LAB_RUN/note]}, webhook: "http://10.0.0.20:8080/hook"}}
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: web}
spec:
  members: [{address: 10.0.0.11}]
  checks: [{http: {path: /, timeout: 5s}, interval: 500ms, retries: 0}]
---
apiVersion: ballast/v1
kind: Director
metadata: {name: all}
spec:
  nodes: [director]
  notify:
    script: {command: [$LAB_RUN/note]}
    webhook: "https://10.0.0.21/post/hook"
    email: {to: [ops@example.com, night@example.com], from: ballast@example.com, server: "10.0.0.20:25", timeout: 20s}
YAML

run_ballast director "$LAB_RUN/cluster.yaml"
await_weights 30 director "10.0.0.11:80 1"
is_noted() { grep -qxF "$1" "$notes/lines"; }
is_posted() { jq -se "$1" "$posts" >/dev/null; }
# In any one of the mails.
is_mailed() { grep -qsF "$1" "$mails"/*; }
wait_until 60 "the role to be noted" is_noted "role-changed role-changed director gateway 10.0.0.100/24 MASTER"
wait_until 60 "the role to be mailed" is_mailed "gateway is MASTER"

echo "a certificate signed by itself: nothing is posted"
log_says() { grep -q "$1" "$LAB_RUN/hosts/director/log/run.log"; }
wait_until 60 "the log to say so" log_says "notify .*10.0.0.21.*certificate"
assert_eq "posts to the desk" "" "$(<"$LAB_RUN/hosts/desk/posts")"
give_certificate desk "desk,IP:10.0.0.21"

echo "nginx stops"
: >"$notes/lines"
kill -TERM "$(<"$LAB_RUN/hosts/web/nginx.pid")"
wait_until 60 "the member to be noted" is_noted "member-down member-down director web 10.0.0.100:80 10.0.0.11:80"
wait_until 60 "the quorum to be noted" is_noted "quorum-lost quorum-lost director web 10.0.0.100:80 "
wait_until 60 "the quorum to be posted" is_posted 'any(.event == "quorum-lost")'
wait_until 120 "the member to be mailed" is_mailed "web 10.0.0.11:80 is down"
wait_until 120 "the quorum to be mailed" is_mailed "web has lost its quorum"
assert_eq "lines: one of each, though service and node name the same script" 2 "$(wc -l <"$notes/lines")"
assert_eq "POSTs: one for both" "director web 10.0.0.100:80 1 member-down quorum-lost" \
  "$(jq -r '"\(.node) \(.service) \(.address) \(.more) \([.events[].event] | join(" "))"' "$posts")"
is_posted_to_desk() { jq -se 'any(.[].events[]; .event == "member-down")' "$LAB_RUN/hosts/desk/posts" >/dev/null; }
wait_until 120 "the desk to be told" is_posted_to_desk
mail=$(cat "$(grep -lF "web has lost its quorum" "$mails"/*)")
assert_contains "the mail" "$mail" "MAIL FROM:<ballast@example.com>" "RCPT TO:<ops@example.com>" \
  "RCPT TO:<night@example.com>" "From: ballast@example.com" "To: ops@example.com," "Subject: ballast director: web" \
  "Message-ID: <" "Date: " "connection refused"

echo "the mail server hangs, nginx starts: everybody else is told"
hang_server office smtp
: >"$notes/lines"
nginx_on web
await_weights 60 director "10.0.0.11:80 1"
wait_until 60 "the member to be noted" is_noted "member-up member-up director web 10.0.0.100:80 10.0.0.11:80"
wait_until 60 "the member to be posted" is_posted 'any(.[].events[]; .event == "member-up")'
wait_until 60 "the quorum to be posted" is_posted 'any(.[].events[]; .event == "quorum-gained")'
resume_server office smtp
wait_until 120 "the member to be mailed" is_mailed "web 10.0.0.11:80 is up"

echo "the end is told, too"
stop_node director
assert_contains "lines" "$(<"$notes/lines")" "role-changed role-changed director gateway 10.0.0.100/24 INIT"
