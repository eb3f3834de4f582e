# The page of a running controller, in Chromium: what it shows follows the kernel without being loaded again, with the
# keyboard, on a phone, without JavaScript, over a restart of the controller, and with a thousand services; and nothing of it
# breaks its own policy.
# needs: ipvs outside
# timeout: 300
host director eth0 10.0.0.2/24
host standby eth0 10.0.0.3/24
host client eth0 10.0.0.98/24
for number in 11 12; do
  host "web-$number" eth0 "10.0.0.$number/24"
  on "web-$number" sysctl -qw net.ipv4.conf.{all,lo}.arp_ignore=1 net.ipv4.conf.{all,lo}.arp_announce=2
  on "web-$number" ip addr add 10.0.0.100/32 dev lo
  nginx_on "web-$number"
done
browser_at 10.0.0.99/24

cat >"$LAB_RUN/cluster.yaml" <<'YAML'
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: web}
spec:
  virtualRouterId: 51
  interface: eth0
  addresses: [10.0.0.100/24]
  routers: [{node: director, priority: 120}, {node: standby, priority: 80}]
---
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: mail}
spec:
  virtualRouterId: 52
  interface: eth0
  addresses: [10.0.0.101/24]
  routers: [{node: director, priority: 80}, {node: standby, priority: 120}]
---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: shop}
spec: {address: 10.0.0.100, port: 80, scheduler: wrr, forwarding: DR, pool: shop}
---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: mail-in}
spec: {address: 10.0.0.101, port: 25, scheduler: rr, forwarding: DR, pool: mail}
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: shop}
spec:
  members: [{address: 10.0.0.11, weight: 3}, {address: 10.0.0.12}]
  checks: [{http: {path: /, timeout: 2s}, interval: 300ms, retries: 0}]
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: mail}
spec: {members: [{address: 10.0.0.11, weight: 3}, {address: 10.0.0.12}]}
YAML
begin() { run_ballast director "$LAB_RUN/cluster.yaml" --listen 10.0.0.2:9100 "$@"; }
picture() { [[ -z ${LAB_PICTURES-} ]] || browser picture "$LAB_PICTURES/$1.png" "${2-whole}"; }
text() { echo "(document.querySelector('$1') || {}).textContent"; }

begin
run_ballast standby "$LAB_RUN/cluster.yaml"
lab_has_port director tcp 9100 || wait_until 60 "the port" lab_has_port director tcp 9100
browser look 1280 900 light
browser open http://10.0.0.2:9100/

echo "roles, VIPs and members are shown, and kept up to date without loading the page again"
browser evaluate 'window.mark = "the same page"' >/dev/null
browser until 60 "$(text '#routers [data-key=web] .role .t') === 'MASTER' && $(text '#routers [data-key=mail] .role .t') === 'BACKUP'"
browser until 60 "$(text '#facts [data-key="VIPs held"] .t').includes('10.0.0.100/24 on eth0')"
browser until 60 "$(text '#service-shop [data-key="10.0.0.12:80"] .state .t') === 'up'"
browser until 60 "$(text '#headline .t') === 'ready' && $(text '#live').startsWith('Live')"
assert_eq "weight" 3 "$(browser evaluate "$(text '#service-shop [data-key="10.0.0.11:80"] [data-label=Weight] .t')")"
picture ready

echo "a member dies: it is down, the event is there, and it is said to who cannot see it"
kill -TERM "$(<"$LAB_RUN/hosts/web-12/nginx.pid")"
browser until 60 "$(text '#service-shop [data-key="10.0.0.12:80"] .state .t') === 'down' &&
  $(text '#service-shop summary .state .t') === '1 of 2 serve' && $(text '#troubles').includes('service shop: 1 of 2 members serve')"
browser until 60 "$(text '#news').includes('10.0.0.12:80 of shop: down')"
browser until 60 "$(text '#events').includes('member 10.0.0.12:80 of shop')"
assert_lacks "ipvsadm" "$(ipvs director)" "-t 10.0.0.100:80 -r 10.0.0.12:80"

echo "traffic moves the charts; they have a text, too"
moves='!document.querySelector("#service-shop summary .chart polyline").points.numberOfItems ||
  new Set([...document.querySelector("#service-shop summary .chart polyline").points].map((point) => point.y)).size > 1'
fetch_times client http://10.0.0.100/ 20 >/dev/null
browser until 60 "$moves"
label='document.querySelector("#service-shop summary .sparkline").getAttribute("aria-label")'
assert_contains "the chart's text" "$(browser evaluate "$label")" "Connections, last minute: 0 to " "now "

echo "drift that is repaired"
on director ipvsadm -e -t 10.0.0.100:80 -r 10.0.0.11:80 -g -w 7
browser until 60 "$(text '#drift').includes('weight: 7 -> 3')"
browser until 60 "$(text '#events').includes('weight: 7 -> 3')"

echo "the keyboard: to the skip link, and to a service, which closes and opens, and stays so"
browser evaluate 'document.activeElement.blur(), window.scrollTo(0, 0)' >/dev/null
browser keys TAB
assert_eq "first stop" "#main" "$(browser evaluate 'document.activeElement.getAttribute("href")')"
for ((stops = 0; stops < 12; stops++)); do
  browser keys TAB
  focused=$(browser evaluate 'document.activeElement.parentElement.id')
  [[ $focused != service-shop ]] || break
done
assert_eq "a stop at the service" service-shop "$focused"
is_open() { browser evaluate 'String(document.getElementById("service-shop").open)'; }
assert_eq "open" true "$(is_open)"
browser keys ENTER
assert_eq "closed" false "$(is_open)"
heard=$(browser evaluate "$(text '#live')")
browser until 60 "$(text '#live') !== '$heard'"
assert_eq "still closed, and focused" "false service-shop" "$(is_open) $(browser evaluate 'document.activeElement.parentElement.id')"
browser keys ENTER
assert_eq "open again" true "$(is_open)"

echo "a phone: nothing is cut off, nothing scrolls sideways, and the roles of tables remain"
for look in "360 740 light" "360 740 dark" "1280 900 dark"; do
  # shellcheck disable=SC2086
  browser look $look
  assert_eq "width" "${look%% *}" "$(browser evaluate 'document.documentElement.scrollWidth')"
  assert_contains "what a screen reader is told" "$(browser reader)" "heading: Virtual routers" "table: Members of shop" \
    "columnheader: Check" "rowheader: 10.0.0.12:80" "main:" "banner:" "contentinfo:" "region: Services"
  picture "${look// /-}"
done
assert_eq "complaints of the browser" "" "$(browser complaints)"

echo "the controller is started anew: the loss is said, and the page goes on by itself"
stop_node director
browser until 60 "$(text '#live').startsWith('Connection lost since')"
picture lost
begin
browser until 90 "$(text '#live').startsWith('Live') && $(text '#events tr').includes('Z')"
browser until 60 "$(text '#routers [data-key=web] .role .t') === 'MASTER'"
assert_eq "the page" "the same page" "$(browser evaluate 'window.mark')"
assert_eq "runs of the controller in the events" 2 \
  "$(browser evaluate 'new Set([...document.querySelectorAll("#events tr")].map((row) => row.dataset.key.split("/")[0])).size')"
assert_eq "complaints of the browser, but for the loss" "" "$(browser complaints | grep -v "net::ERR_" || true)"

echo "without JavaScript there are the tables, and they are looked at again"
browser scripts off
browser open http://10.0.0.2:9100/
assert_contains "the page" "$(browser evaluate 'document.body.innerText')" "looks again every 10 seconds" "MASTER" \
  "10.0.0.12:80" "down" "connection refused" "1 of 2 serve"
assert_eq "charts" 0 "$(browser evaluate 'document.querySelectorAll("svg").length')"
picture without-script

echo "it can be looked at, and no more"
code=(curl -sS --noproxy '*' -o /dev/null -w '%{http_code} ')
answer=$(on client "${code[@]}" -X POST http://10.0.0.2:9100/ --next "${code[@]:1}" 'http://10.0.0.2:9100/?service=none' \
  --next "${code[@]:1}" 'http://10.0.0.2:9100/?service=shop')
assert_eq "POST, no such service, a service" "405 404 200 " "$answer"
lab_become director curl -sSN --unix-socket /run/ballast/ballast.sock http://ballast/v1/stream >"$LAB_RUN/tmp/stream" 2>&1 &
wait_until 60 "the stream on the unix socket" grep -q '"id":"foreign"' "$LAB_RUN/tmp/stream"
kill "$!"
assert_contains "the stream" "$(<"$LAB_RUN/tmp/stream")" "event: hello" "event: tick" '"id":"routers"' "event: change"
stop_node director
stop_node standby

echo "a thousand services of ten members: found by name, and each has a page of its own"
{
  for ((i = 1; i <= 1000; i++)); do
    echo "---"
    echo "apiVersion: ballast/v1"
    echo "kind: VirtualService"
    echo "metadata: {name: shop-$i}"
    echo "spec: {address: 10.0.0.100, port: $i, scheduler: rr, forwarding: NAT, pool: shops, nodes: [director]}"
  done
  echo "---"
  echo "apiVersion: ballast/v1"
  echo "kind: Pool"
  echo "metadata: {name: shops}"
  echo "spec: {members: [$(printf '{address: 10.0.1.%d, port: 80}, ' {1..10})]}"
} >"$LAB_RUN/large.yaml"
run_ballast director "$LAB_RUN/large.yaml" --listen 10.0.0.2:9100
wait_until 60 "the port" lab_has_port director tcp 9100
browser scripts on
browser open http://10.0.0.2:9100/
browser until 90 "$(text '#summary').startsWith('1,000 services: all well; 10,000 of 10,000 members serve')"
browser evaluate 'document.getElementById("find").focus()' >/dev/null
browser keys s h o p - 7 7
assert_eq "found" "11 of 1000 are shown" "$(browser evaluate "$(text '#found')")"
browser until 60 "$(text '#live').startsWith('Live')"
assert_eq "width" 1280 "$(browser evaluate 'document.documentElement.scrollWidth')"
assert_eq "members on the page" 0 "$(browser evaluate 'document.querySelectorAll("#services tbody tr").length')"
browser open "$(browser evaluate 'document.querySelector("#service-shop-77 .more a").href')"
browser until 60 "document.querySelectorAll('#service-shop-77 tbody tr').length === 10 && $(text '#live').startsWith('Live')"
assert_eq "complaints of the browser" "" "$(browser complaints)"
stop_node director
