# A kernel without IPVS: the message says how to load it, and a node that needs none of it is not bothered.
# needs: none throwaway
host director outer 192.0.2.2/24
host nginx-130 ens33 192.168.197.130/24
rmmod ip_vs 2>/dev/null || true
mount -t tmpfs nothing /lib/modules

expect_status 2 ballast_on director apply -f "$LAB_SOURCE/manifests/nat/cluster.yaml"
assert_contains "message" "$stderr" "modprobe ip_vs"

run_ballast director "$LAB_SOURCE/manifests/nat/cluster.yaml"
knows_why() { [[ $(ballast_on director status 2>/dev/null) == *"modprobe ip_vs"* ]]; }
wait_until 60 "status to say why" knows_why
expect_status 1 ballast_on director status
expect_status 1 ballast_on director status web
assert_contains "status of a service" "$stdout" "NOT ELIGIBLE"
stop_node director

apply_manifest nginx-130 "$LAB_SOURCE/manifests/nginx-dr/cluster.yaml"
assert_real_server 192.168.197.120/32 nginx-130
