# Without CAP_NET_ADMIN nothing is done, and the message says what is missing.
host director eth0 10.0.0.2/24
manifest=$LAB_SOURCE/manifests/nat/cluster.yaml
without_capability() { on director setpriv --bounding-set -net_admin --inh-caps -net_admin "$@"; }

expect_status 2 without_capability "$BALLAST" apply -f "$manifest" --node director
assert_contains "message of apply" "$stderr" CAP_NET_ADMIN
expect_status 2 without_capability "$BALLAST" diff -f "$manifest" --node director
assert_contains "message of diff" "$stderr" CAP_NET_ADMIN
assert_eq "the table" "" "$(ipvs director)"

# What touches nothing needs nothing.
expect_status 0 without_capability "$BALLAST" validate -f "$manifest"
