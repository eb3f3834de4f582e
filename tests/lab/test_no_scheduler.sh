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
assert_contains "what failed is marked" "$stdout" "  x service tcp 10.0.0.100:80" "      x destination 10.0.0.11:80" \
  "  + service tcp 10.0.0.100:443" "      + destination 10.0.0.11:443" "in 3 kernel writes" "; 2 of 4 failed, marked x"
assert_eq "the other service" "-A -t 10.0.0.100:443 -s rr
-a -t 10.0.0.100:443 -r 10.0.0.11:443 -g -w 1" "$(ipvs director)"

expect_status 2 ballast_on director apply -f "$LAB_RUN/cluster.yaml" -o json
assert_eq "failures" '[["service","tcp 10.0.0.100:80",2],["destination","10.0.0.11:80 of tcp 10.0.0.100:80",0]]' \
  "$(jq -c '[.failures[] | [.kind, .object, .errno]]' <<<"$stdout")"
assert_eq "commands that were sent" 1 "$(jq .writes <<<"$stdout")"
