# Rules that ipvsadm loaded, imported: diff finds nothing to do, apply takes ownership and writes nothing, and the manifest
# makes the same table from empty.
host director eth0 10.0.0.2/24
on director ip addr add 2001:db8::2/64 dev eth0
rules=$LAB_RUN/rules
cat >"$rules" <<'EOF2'
-A -t 10.0.0.1:80 -s wrr -p 300 -M 255.255.255.0
-a -t 10.0.0.1:80 -r 10.0.0.11:80 -g -w 3
-a -t 10.0.0.1:80 -r 10.0.0.12:80 -g -w 0
-A -t 10.0.0.1:0 -s rr -p 360
-a -t 10.0.0.1:0 -r 10.0.0.11:0 -g -w 1
-A -u 10.0.0.1:53 -s mh -b mh-fallback,mh-port -o
-a -u 10.0.0.1:53 -r 10.0.0.11:5353 -m -w 1 -x 20 -y 10
-A --sctp-service 10.0.0.1:99 -s sh -b sh-port
-a --sctp-service 10.0.0.1:99 -r 10.0.0.11:99 -i -w 1
-a --sctp-service 10.0.0.1:99 -r 10.0.0.12:99 -i -w 1 --tun-type gue --tun-port 6080 --tun-csum
-a --sctp-service 10.0.0.1:99 -r 10.0.0.13:99 -i -w 1 --tun-type gre
-A -t [2001:db8::1]:80 -s nq -p 60 -M 64
-a -t [2001:db8::1]:80 -r [2001:db8::11]:80 -g -w 1
-A -f 7 -s sed
-a -f 7 -r 10.0.0.11:0 -g -w 1
-A -f 8 -6 -s lc
-a -f 8 -6 -r [2001:db8::11]:0 -g -w 1
EOF2
on director ipvsadm -R <"$rules"
before=$(ipvs director)
assert_eq "rules loaded" 17 "$(wc -l <<<"$before")"

manifest=$LAB_RUN/cluster.yaml
ballast_on director import ipvsadm "$rules" --node director >"$manifest"
expect_status 0 ballast_on director diff -f "$manifest" --node director
assert_eq "writes of apply" 0 "$(writes_of director apply -f "$manifest" --node director)"
assert_eq "ipvsadm -Sn" "$before" "$(ipvs director)"
# They are its own now: what the manifest no longer has goes.
on director ipvsadm -C
apply_manifest director "$manifest" --node director
assert_eq "ipvsadm -Sn, made from empty" "$before" "$(ipvs director)"
ballast_on director apply -f "$manifest" --node somebody --absent >/dev/null
assert_eq "ipvsadm -Sn, given up" "" "$(ipvs director)"

# What ipvsadm itself saved, which has all but thresholds, by the standard input.
grep -v -- ' -x ' "$rules" | on director ipvsadm -R
on director ipvsadm -Sn | ballast_on director import ipvsadm --node director >"$manifest"
expect_status 0 ballast_on director diff -f "$manifest" --node director
assert_eq "writes of apply" 0 "$(writes_of director apply -f "$manifest" --node director)"
