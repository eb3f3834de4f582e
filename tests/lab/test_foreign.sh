# What somebody else made survives apply, and is listed as foreign; what Ballast made goes when nobody wants it.
host director eth0 10.0.0.2/24
on director ip addr add 10.0.0.77/24 dev eth0
on director ipvsadm -A -t 10.0.0.77:22 -s lc
on director ipvsadm -a -t 10.0.0.77:22 -r 10.0.0.11:22 -m -w 5
on director ipvsadm -A -f 9 -s sh -p 60

manifest() {
  cat <<EOF
apiVersion: ballast/v1
kind: Address
metadata: {name: vip}
spec: {nodes: [director], interface: eth0, address: 10.0.0.100/24}
---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: web}
spec: {address: 10.0.0.100, port: 80, scheduler: rr, forwarding: DR, pool: web}
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: web}
spec: {members: [{address: 10.0.0.11}]}
EOF
}
foreign="-A -f 9 -s sh -p 60
-A -t 10.0.0.77:22 -s lc
-a -t 10.0.0.77:22 -r 10.0.0.11:22 -m -w 5"
ours="-A -t 10.0.0.100:80 -s rr
-a -t 10.0.0.100:80 -r 10.0.0.11:80 -g -w 1"

manifest >"$LAB_RUN/cluster.yaml"
apply_manifest director "$LAB_RUN/cluster.yaml"
assert_eq "ipvsadm -Sn" "$(sort <<<"$foreign"$'\n'"$ours")" "$(ipvs director)"
assert_eq "addresses" $'10.0.0.2/24 global\n10.0.0.77/24 global\n10.0.0.100/24 global' "$(addresses director eth0)"

expect_status 0 ballast_on director diff -f "$LAB_RUN/cluster.yaml"
assert_contains "foreign objects in diff" "$stdout" foreign "tcp 10.0.0.77:22" "fwmark 9" "10.0.0.77/24 on eth0"

# The node leaves the cluster.
ballast_on director apply -f "$LAB_RUN/cluster.yaml" --node elsewhere --absent >/dev/null
assert_eq "ipvsadm -Sn of the foreign rest" "$foreign" "$(ipvs director)"
assert_eq "foreign addresses" $'10.0.0.2/24 global\n10.0.0.77/24 global' "$(addresses director eth0)"
