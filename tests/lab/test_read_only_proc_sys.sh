# /proc/sys that cannot be written (containers): the message names each value that is wrong; and the virtual IP is not
# put on lo of a machine that would answer ARP for it.
# needs: none
manifest=$LAB_SOURCE/manifests/nginx-dr/cluster.yaml
host nginx-130 ens33 192.168.197.130/24
on nginx-130 mount --bind /proc/sys /proc/sys
on nginx-130 mount -o remount,bind,ro /proc/sys

expect_status 2 ballast_on nginx-130 apply -f "$manifest"
for parameter in net.ipv4.conf.{all,default,lo}.arp_{ignore,announce}; do
  assert_contains "message" "$stderr" "$parameter"
done
assert_contains "message" "$stderr" "read-only" "EROFS" "cluster.yaml:"
assert_lacks "lo" "$(addresses nginx-130 lo)" 192.168.197.120

# Where the values are right already, there is nothing to complain about.
on nginx-130 mount -o remount,bind,rw /proc/sys
on nginx-130 sysctl -qw net.ipv4.conf.{all,default,lo}.arp_ignore=1 net.ipv4.conf.{all,default,lo}.arp_announce=2
on nginx-130 mount -o remount,bind,ro /proc/sys
apply_manifest nginx-130 "$manifest"
assert_real_server 192.168.197.120/32 nginx-130
