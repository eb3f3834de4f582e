# A scheduler whose module is missing: its service fails by name, with the module to install; the others are set up.
# needs: ipvs throwaway
mount --bind /dev/null "$(modprobe --show-depends ip_vs_mh | awk '/ip_vs_mh/ {print $2}')"
host director eth0 10.0.0.2/24
cat >"$LAB_RUN/cluster.yaml" <<E2
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: hashed}
spec: {nodes: [director], address: 10.0.0.100, port: 80, scheduler: mh, forwarding: DR, pool: web}
---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: plain}
spec: {nodes: [director], address: 10.0.0.100, port: 443, scheduler: rr, forwarding: DR, pool: web}
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: web}
spec: {members: [{address: 10.0.0.11}]}
E2

expect_status 2 ballast_on director apply -f "$LAB_RUN/cluster.yaml"
assert_contains "message" "$stderr" "tcp 10.0.0.100:80" ip_vs_mh "cluster.yaml:3"
assert_eq "the other service" "-A -t 10.0.0.100:443 -s rr
-a -t 10.0.0.100:443 -r 10.0.0.11:443 -g -w 1" "$(ipvs director)"
