// The drivers against the tools of the same kernel: what Ballast writes, ipvsadm and ip print; what they write, Ballast
// reads. For the real kernel only.
#include <cerrno>

#include "contract/world.hpp"

namespace ballast::contract {

TEST_SUITE_BEGIN("oracle");

TEST_CASE_FIXTURE(Case, "oracle: ipvsadm prints what was written") {
  const ServiceKey web = service_key("tcp 192.0.2.1:80");
  CHECK(add(web, {"wrr", ServiceFlag::persistent, 5, 0xffffff00U, ""}) == 0);
  CHECK(add(destination_key(web, "10.0.0.1", 80), {Forwarding::dr, 3, 100, 50, {}}) == 0);
  CHECK(add(destination_key(web, "10.0.0.2", 80),
            {Forwarding::tun, 1, 0, 0, {TunnelType::gue, 6080, TunnelChecksum::none}}) == 0);
  const ServiceKey hash = service_key("udp [2001:db8::1]:53");
  CHECK(add(hash, {"sh", ServiceFlag::scheduler2 | ServiceFlag::one_packet, 0, 128, ""}) == 0);
  CHECK(add(destination_key(hash, "2001:db8::11", 5353), {Forwarding::nat, 2, 0, 0, {}}) == 0);
  const ServiceKey mark = service_key("fwmark 7");
  CHECK(add(mark, plain(mark, "wlc")) == 0);
  CHECK(set(Timer::tcp_fin, 60) == 0);
  CHECK(world()->run("ipvsadm -Sn") ==
        "-A -t 192.0.2.1:80 -s wrr -p 5 -M 255.255.255.0\n"
        "-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 3\n"
        "-a -t 192.0.2.1:80 -r 10.0.0.2:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-nocsum\n"
        "-A -u [2001:db8::1]:53 -s sh -o -b sh-port\n"
        "-a -u [2001:db8::1]:53 -r [2001:db8::11]:5353 -m -w 2\n"
        "-A -f 7 -s wlc\n");
  CHECK(world()->run("ipvsadm -Ln --thresholds -t 192.0.2.1:80 | awk '/10.0.0/{print $2, $3, $4}'") ==
        "10.0.0.1:80 100 50\n10.0.0.2:80 0 0\n");
  CHECK(world()->run("ipvsadm -l --timeout") == "Timeout (tcp tcpfin udp): 900 60 300\n");
}

TEST_CASE_FIXTURE(Case, "oracle: what ipvsadm wrote is read") {
  CHECK(world()->run("exec 2>&1; ipvsadm -R <<'EOF'\n"
                     "-A -t 192.0.2.1:80 -s mh -b mh-port,mh-fallback\n"
                     "-a -t 192.0.2.1:80 -r 10.0.0.1:80 -i -w 4 --tun-type gre --tun-csum\n"
                     "-a -t 192.0.2.1:80 -r 10.0.0.2:8080 -m -w 5 -x 9 -y 3\n"
                     "-A -u 192.0.2.1:5060 -s rr -p 60 --pe sip\n"
                     "-A -f 8 -6 -s lc -p 10 -M 64\n"
                     "-a -f 8 -6 -r [2001:db8::5]:0 -g\n"
                     "EOF\n") == "");
  CHECK(ipvs() ==
        "tcp 192.0.2.1:80 mh flags 0x18\n  10.0.0.1:80 TUN 4 gre port 0 checksum full\n"
        "  10.0.0.2:8080 NAT 5 3..9\nudp 192.0.2.1:5060 rr flags 0x1 persistent 60 0xffffffff engine sip\n"
        "fwmark 8 (IPv6) lc flags 0x1 persistent 10 0x40\n  [2001:db8::5]:0 DR 1\n");
}

TEST_CASE_FIXTURE(Case, "oracle: ip prints the addresses that were written") {
  CHECK(add(address_key("d0", "192.0.2.1/24"), {Scope::link, "d0:x"}) == 0);
  CHECK(add(address_key("d0", "2001:db8::1/64")) == 0);
  const std::string fields =
      R"(ip -json addr show dev d0 | jq -c '.[0].addr_info[] | select(.scope != "link" or .family == "inet") | )"
      R"([.family, .local, .prefixlen, .broadcast, .scope, .label, .nodad, .tentative, .valid_life_time]')";
  CHECK(world()->run(fields) ==
        "[\"inet\",\"192.0.2.1\",24,null,\"link\",\"d0:x\",null,null,4294967295]\n"
        "[\"inet6\",\"2001:db8::1\",64,null,\"global\",null,true,null,4294967295]\n");
}

TEST_CASE_FIXTURE(Case, "oracle: addresses that others added, with peers and lifetimes, are read") {
  CHECK(world()->run("exec 2>&1; ip addr add 10.0.0.1 peer 10.0.0.2 dev d0; ip addr add 10.0.1.1/24 dev d0 "
                     "valid_lft 900 preferred_lft 900; ip addr add 2001:db8::2/64 dev d0 valid_lft 900 "
                     "preferred_lft 900 nodad; ip link property add dev d0 "
                     "altname other") == "");
  CHECK(addresses() ==
        "10.0.0.1/32 on d0 global\n10.0.1.1/24 on d0 global finite\n"
        "2001:db8::2/64 on d0 global finite\n");
  CHECK(add(address_key("other", "10.0.3.1/24")) == ENODEV);
}

TEST_SUITE_END();

}  // namespace ballast::contract
