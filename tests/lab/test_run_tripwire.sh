# With hours between two looks at everything, a flushed table and a missing IPv6 service are found by the tripwire; a
# member that is drained is one write, and somebody else's service stays.
# timeout: 200
host director eth0 10.0.0.2/24 2001:db8::2/64
log=$LAB_RUN/hosts/director/log/run.log
cat >"$LAB_RUN/cluster.yaml" <<'YAML'
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: web}
spec: {address: 10.0.0.100, port: 80, scheduler: wrr, forwarding: DR, pool: web, nodes: [director]}
---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: web6}
spec: {address: "2001:db8::100", port: 80, scheduler: wrr, forwarding: DR, pool: web6, nodes: [director]}
---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: mark6}
spec: {fwmark: 7, family: IPv6, scheduler: rr, forwarding: DR, pool: web6, nodes: [director]}
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: web}
spec: {members: [{address: 10.0.0.11, weight: 3}, {address: 10.0.0.12}]}
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: web6}
spec: {members: [{address: "2001:db8::11"}]}
YAML
foreign=$'-A -t 10.99.0.1:80 -s rr\n-a -t 10.99.0.1:80 -r 10.0.0.11:80 -g -w 1'
on director ipvsadm -R <<<"$foreign"
run_ballast director "$LAB_RUN/cluster.yaml" --resync 3600
ready() { ballast_on director status >/dev/null; }
wait_until 30 "the director to be ready" ready
wanted=$(ipvs director)
assert_contains "IPVS" "$wanted" "-r 10.0.0.11:80 -g -w 3" "-f 7 -6 -s rr" "-A -t 10.99.0.1:80 -s rr"
as_wanted() { [[ $(ipvs director) == "$wanted" ]]; }

echo "the table flushed"
on director ipvsadm -C
on director ipvsadm -R <<<"$foreign"
wait_until 30 "the table to be put back" as_wanted
echo "an IPv6 service deleted, then one by firewall mark"
on director ipvsadm -D -t "[2001:db8::100]:80"
wait_until 30 "the service to be put back" as_wanted
on director ipvsadm -D -f 7 -6
wait_until 30 "the service to be put back" as_wanted
echo "a member drained: one write"
ballast_on director member drain 10.0.0.11 --pool web >/dev/null
drained() { ipvs director | grep -q -- "-r 10.0.0.11:80 -g -w 0"; }
wait_until 30 "weight 0" drained
wait_until 30 "its line in the log" grep -q "applied 1 change in 1 kernel write," "$log"
ballast_on director member manifest 10.0.0.11 --pool web >/dev/null
wait_until 30 "its weight" as_wanted
stop_node director
