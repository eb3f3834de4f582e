# manifests/nat: real servers on a private network, reached and left through the director, on another port.
manifest=$LAB_SOURCE/manifests/nat/cluster.yaml
network internet
network private
host director
plug director internet outer 192.0.2.2/24
plug director private inner
host client
plug client internet eth0 192.0.2.200/24
for number in 11 12; do
  host "web-$number"
  plug "web-$number" private eth0 "10.0.0.$number/24"
  route "web-$number" default 10.0.0.1
  nginx_on "web-$number" 8080
done

apply_manifest director "$manifest"

assert_eq "ipvsadm -Sn" "-A -t 192.0.2.100:80 -s wlc
-a -t 192.0.2.100:80 -r 10.0.0.11:8080 -m -w 1
-a -t 192.0.2.100:80 -r 10.0.0.12:8080 -m -w 1" "$(ipvs director)"
assert_eq "outer addresses" $'192.0.2.2/24 global\n192.0.2.100/24 global' "$(addresses director outer)"
assert_eq "inner addresses" "10.0.0.1/24 global" "$(addresses director inner)"
assert_eq "ip_forward" 1 "$(kernel_parameter director net.ipv4.ip_forward)"
assert_eq "answers" $'2 web-11\n2 web-12' "$(fetch_times client http://192.0.2.100/ 4 | tally)"
