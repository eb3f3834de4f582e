# manifests/nginx-vip: two nginx that balance by themselves share a virtual IP. The guide's verification section, with
# keepalived's configuration imported too; the tracked script restarts nginx, or gives up, and mail tells of it.
# timeout: 300
for number in 1 2; do
  proxy=proxy-$number
  host "$proxy" eth0 "192.168.20.1$number/24"
  mkdir "$LAB_RUN/hosts/$proxy/log/nginx"
  cat >"$LAB_RUN/hosts/$proxy/nginx.conf" <<'CONF'
pid /run/nginx.pid; error_log /var/log/nginx.log; events {}
http { access_log off;
upstream web { server 192.168.20.21 fail_timeout=1s; server 192.168.20.22 fail_timeout=1s; }
server { listen 80; location / { proxy_pass http://web; } } }
CONF
  on "$proxy" mount --bind "$LAB_RUN/hosts/$proxy/nginx.conf" /etc/nginx/nginx.conf
  on "$proxy" nginx
done
for number in 21 22; do
  host "web-$number" eth0 "192.168.20.$number/24"
  nginx_on "web-$number"
done
host office eth0 192.168.20.30/24
run_smtp_sink office
host client eth0 192.168.20.200/24

guide=nginx-vip
directors=(proxy-1 proxy-2)
homes=([192.168.20.100/24]=proxy-1)
members=() members_left=()  # there is no LVS
servers=(web-21 web-22)
servers_left=(web-22)
remarks=""
ask() { fetch_times client http://192.168.20.100/ 4; }
stop_server() { kill -TERM "$(<"$LAB_RUN/hosts/web-21/nginx.pid")"; }
start_server() { nginx_on web-21; }
play_guide

pid_file=$LAB_RUN/hosts/proxy-1/run/nginx.pid
stop_nginx() {
  old=$(<"$pid_file")
  kill -QUIT "$old"
}
# In any one of the mails.
is_mailed() { grep -lsF "$1" "$LAB_RUN"/hosts/office/mail/*; }

echo "nginx stops: the script restarts it, and the VIP stays"
stop_nginx
restarted() { [[ -s $pid_file && $(<"$pid_file") != "$old" ]] && fetch client http://192.168.20.11/ | grep -q web; }
wait_until 60 "nginx to be restarted" restarted
assert_eq "holder" proxy-1 "$(holders 192.168.20.100/24 proxy-1 proxy-2)"

echo "it cannot be restarted: the script gives up, the VIP moves, and mail tells of it"
rm -f "$LAB_RUN"/hosts/office/mail/*
cp "$LAB_RUN/hosts/proxy-1/nginx.conf" "$LAB_RUN/good.conf"
echo "no nginx configuration" >"$LAB_RUN/hosts/proxy-1/nginx.conf"
stop_nginx
await_all_on proxy-2
await_answers web-21 web-22
wait_until 120 "the mail" is_mailed "proxies is MASTER"
assert_contains "the mail" "$(cat "$(is_mailed "proxies is MASTER")")" "RCPT TO:<ops@example.com>" "RCPT TO:<night@example.com>" \
  "Subject: ballast proxy-2: proxies"
cat "$LAB_RUN/good.conf" >"$LAB_RUN/hosts/proxy-1/nginx.conf"
await_homes
