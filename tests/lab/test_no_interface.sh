# An address for an interface that is not there: said with the manifest's line, and everything else is done.
host director outer 192.0.2.2/24

expect_status 2 ballast_on director apply -f "$LAB_SOURCE/manifests/nat/cluster.yaml"
assert_contains "message" "$stderr" "10.0.0.1/24 on inner" "no interface" "cluster.yaml:"
assert_contains "what failed is marked" "$stdout" "  x address 10.0.0.1/24 on inner" "  + address 192.0.2.100/24 on outer" \
  " failed, marked x"
assert_contains "the other address" "$(addresses director outer)" "192.0.2.100/24 global"
assert_contains "the service" "$(ipvs director)" "-A -t 192.0.2.100:80 -s wlc"

expect_status 2 ballast_on director apply -f "$LAB_SOURCE/manifests/nat/cluster.yaml" -o json
assert_eq "failures" '[["address","10.0.0.1/24 on inner",19]]' \
  "$(jq -c '[.failures[] | [.kind, .object, .errno]]' <<<"$stdout")"
assert_eq "commands that were sent" 0 "$(jq .writes <<<"$stdout")"

# It appears: the same command finishes the work.
network private
plug director private inner
apply_manifest director "$LAB_SOURCE/manifests/nat/cluster.yaml"
assert_eq "the address" "10.0.0.1/24 global" "$(addresses director inner)"
