# Without CAP_NET_ADMIN a real server's devices, sysctls and addresses stay as they are, and each message says why.
# needs: none
host web-11 eth0 198.51.100.11/24
before=$(addresses web-11 lo)
mkdir -p "$LAB_RUN/tmp/state"
chmod 777 "$LAB_RUN/tmp/state"
expect_status 2 on web-11 setpriv --reuid 65534 --regid 65534 --clear-groups \
  "$BALLAST" apply -f "$LAB_SOURCE/manifests/tun/cluster.yaml" --node web-11 --state-dir "$LAB_RUN/tmp/state"
assert_contains "messages" "$stderr" "bring up tunl0" "set net.ipv4.conf.all.arp_ignore"
# The device's own parameter would have come with it.
assert_eq "messages that do not name the capability" "" \
  "$(grep -v 'CAP_NET_ADMIN\|not tried\|tunl0.rp_filter' <<<"$stderr" || true)"
assert_contains "what is marked" "$stdout" "x device tunl0" "x sysctl net.ipv4.conf.all.arp_ignore" " failed, marked x"
assert_eq "addresses" "$before" "$(addresses web-11 lo)"
