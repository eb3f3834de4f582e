# A parameter's value from before Ballast comes back when no manifest wants another, however often it changed meanwhile.
# needs: none
host director eth0 10.0.0.2/24
parameter=net.ipv4.conf.all.send_redirects
on director sysctl -qw $parameter=7 net.ipv4.conf.all.accept_redirects=0

# manifest VALUES
manifest() {
  cat >"$LAB_RUN/tuning.yaml" <<EOF
apiVersion: ballast/v1
kind: Sysctl
metadata: {name: tuning}
spec: {nodes: [director], values: {$1}}
EOF
}
manifest "$parameter: 0, net.ipv4.conf.eth0.rp_filter: 2"
apply_manifest director "$LAB_RUN/tuning.yaml"
assert_eq "first value" 0 "$(kernel_parameter director $parameter)"
manifest "$parameter: 1, net.ipv4.conf.eth0.rp_filter: 2"
apply_manifest director "$LAB_RUN/tuning.yaml"
assert_eq "second value" 1 "$(kernel_parameter director $parameter)"

manifest "net.ipv4.conf.eth0.rp_filter: 2"
expect_status 1 ballast_on director diff -f "$LAB_RUN/tuning.yaml"
assert_contains "diff" "$stdout" "$parameter: 1 -> 7"
apply_manifest director "$LAB_RUN/tuning.yaml"
assert_eq "the value from before" 7 "$(kernel_parameter director $parameter)"
assert_eq "what is still wanted" 2 "$(kernel_parameter director net.ipv4.conf.eth0.rp_filter)"
assert_eq "what was never wanted" 0 "$(kernel_parameter director net.ipv4.conf.all.accept_redirects)"
