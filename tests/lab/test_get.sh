# What `get` prints, applied again, changes nothing; and it is a complete manifest of this node.
manifest=$LAB_SOURCE/manifests/nginx-dr/cluster.yaml
host lvs-128 ens33 192.168.197.128/24
host nginx-130 ens33 192.168.197.130/24
ballast_on lvs-128 apply -f "$manifest" --as-master web >/dev/null
ballast_on nginx-130 apply -f "$manifest" >/dev/null

for node in lvs-128 nginx-130; do
  ballast_on "$node" get >"$LAB_RUN/$node.yaml"
  assert_eq "writes of apply of what get printed on $node" 0 "$(writes_of "$node" apply -f "$LAB_RUN/$node.yaml")"
done
before=$(ipvs lvs-128)
on lvs-128 ipvsadm -C
on lvs-128 ip addr del 192.168.197.120/24 dev ens33
apply_manifest lvs-128 "$LAB_RUN/lvs-128.yaml"
assert_eq "ipvsadm -Sn, restored from what get printed" "$before" "$(ipvs lvs-128)"
assert_contains "addresses" "$(addresses lvs-128 ens33)" "192.168.197.120/24 global"
