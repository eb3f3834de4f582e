// IPVS destinations: every way to forward, and the errno of what cannot be.
#include <cerrno>

#include "contract/world.hpp"

namespace ballast::contract {

TEST_SUITE_BEGIN("ipvs");

TEST_CASE_FIXTURE(Case, "destinations: every forwarding method and tunnel") {
  const ServiceKey key = service_key("tcp 192.0.2.1:80");
  CHECK(add(key, plain(key)) == 0);
  const auto tunnel = [](TunnelType type, std::uint16_t port, TunnelChecksum checksum) {
    return Destination{Forwarding::tun, 1, 0, 0, {type, port, checksum}};
  };
  CHECK(add(destination_key(key, "10.0.0.1", 8080), {Forwarding::nat, 5, 0, 0, {}}) == 0);
  CHECK(add(destination_key(key, "10.0.0.2", 80), {Forwarding::dr, 0, 0, 0, {}}) == 0);
  CHECK(add(destination_key(key, "10.0.0.3", 80), tunnel(TunnelType::ipip, 0, TunnelChecksum::none)) == 0);
  CHECK(add(destination_key(key, "10.0.0.4", 80), tunnel(TunnelType::gue, 6080, TunnelChecksum::full)) == 0);
  CHECK(add(destination_key(key, "10.0.0.5", 80), tunnel(TunnelType::gue, 6080, TunnelChecksum::remote)) == 0);
  CHECK(add(destination_key(key, "10.0.0.6", 80), tunnel(TunnelType::gre, 0, TunnelChecksum::full)) == 0);
  CHECK(add(destination_key(key, "10.0.0.7", 80), {Forwarding::local, 1, 0, 0, {}}) == 0);
  CHECK(add(destination_key(key, "10.0.0.8", 80), {Forwarding::bypass, 1, 0, 0, {}}) == 0);
  CHECK(ipvs() ==
        "tcp 192.0.2.1:80 rr\n"
        "  10.0.0.1:8080 NAT 5\n"
        "  10.0.0.2:80 DR 0\n"
        "  10.0.0.3:80 TUN 1\n"
        "  10.0.0.4:80 TUN 1 gue port 6080 checksum full\n"
        "  10.0.0.5:80 TUN 1 gue port 6080 checksum remote\n"
        "  10.0.0.6:80 TUN 1 gre port 0 checksum full\n"
        "  10.0.0.7:80 local 1\n"
        "  10.0.0.8:80 bypass 1\n");

  // Changed in place, and back to no tunnel at all.
  CHECK(update(destination_key(key, "10.0.0.4", 80), tunnel(TunnelType::gue, 6081, TunnelChecksum::none)) == 0);
  CHECK(update(destination_key(key, "10.0.0.5", 80), tunnel(TunnelType::ipip, 0, TunnelChecksum::none)) == 0);
  CHECK(update(destination_key(key, "10.0.0.6", 80), direct(2147483647)) == 0);
  CHECK(remove(destination_key(key, "10.0.0.7", 80)) == 0);
  CHECK(remove(destination_key(key, "10.0.0.8", 80)) == 0);
  CHECK(ipvs() ==
        "tcp 192.0.2.1:80 rr\n"
        "  10.0.0.1:8080 NAT 5\n"
        "  10.0.0.2:80 DR 0\n"
        "  10.0.0.3:80 TUN 1\n"
        "  10.0.0.4:80 TUN 1 gue port 6081 checksum none\n"
        "  10.0.0.5:80 TUN 1\n"
        "  10.0.0.6:80 DR 2147483647\n");
}

TEST_CASE_FIXTURE(Case, "destinations: of UDP, SCTP, IPv6 and firewall mark services") {
  const auto fill = [this](const char* service, const char* address) {
    CAPTURE(service);
    const ServiceKey key = service_key(service);
    CHECK(add(key, plain(key, "wlc")) == 0);
    CHECK(add(destination_key(key, address, key.port), direct(2)) == 0);
  };
  fill("udp 192.0.2.1:53", "10.0.0.1");
  fill("sctp 192.0.2.1:99", "10.0.0.2");
  fill("fwmark 9", "10.0.0.3");
  fill("tcp [2001:db8::1]:80", "2001:db8::11");
  fill("fwmark 9 (IPv6)", "2001:db8::12");
  CHECK(ipvs() ==
        "fwmark 9 wlc\n  10.0.0.3:0 DR 2\nudp 192.0.2.1:53 wlc\n  10.0.0.1:53 DR 2\nsctp 192.0.2.1:99 wlc\n"
        "  10.0.0.2:99 DR 2\nfwmark 9 (IPv6) wlc\n  [2001:db8::12]:0 DR 2\ntcp [2001:db8::1]:80 wlc\n"
        "  [2001:db8::11]:80 DR 2\n");
}

TEST_CASE_FIXTURE(Case, "destinations: the other family only through a tunnel") {
  const ServiceKey ipv4 = service_key("tcp 192.0.2.1:80");
  const ServiceKey ipv6 = service_key("tcp [2001:db8::1]:80");
  CHECK(add(ipv4, plain(ipv4)) == 0);
  CHECK(add(ipv6, plain(ipv6)) == 0);
  const Destination tunnelled{Forwarding::tun, 1, 0, 0, {}};
  CHECK(add(destination_key(ipv4, "2001:db8::11", 80), direct()) == EINVAL);
  CHECK(add(destination_key(ipv6, "10.0.0.1", 80), {Forwarding::nat, 1, 0, 0, {}}) == EINVAL);
  CHECK(add(destination_key(ipv4, "2001:db8::11", 80), tunnelled) == 0);
  CHECK(add(destination_key(ipv6, "10.0.0.1", 80), tunnelled) == 0);
  CHECK(update(destination_key(ipv6, "10.0.0.1", 80), direct()) == EINVAL);
  CHECK(ipvs() == "tcp 192.0.2.1:80 rr\n  [2001:db8::11]:80 TUN 1\ntcp [2001:db8::1]:80 rr\n  10.0.0.1:80 TUN 1\n");
  CHECK(remove(destination_key(ipv4, "2001:db8::11", 80)) == 0);
}

TEST_CASE_FIXTURE(Case, "destinations: thresholds") {
  const ServiceKey key = service_key("tcp 192.0.2.1:80");
  const DestinationKey one = destination_key(key, "10.0.0.1", 80);
  CHECK(add(key, plain(key)) == 0);
  CHECK(add(one, {Forwarding::dr, 1, 100, 50, {}}) == 0);
  CHECK(ipvs() == "tcp 192.0.2.1:80 rr\n  10.0.0.1:80 DR 1 50..100\n");
  CHECK(update(one, {Forwarding::dr, 1, 4294967295U, 4294967295U, {}}) == 0);
  CHECK(ipvs() == "tcp 192.0.2.1:80 rr\n  10.0.0.1:80 DR 1 4294967295..4294967295\n");
  CHECK(update(one, {Forwarding::dr, 1, 10, 0, {}}) == 0);
  CHECK(update(one, {Forwarding::dr, 1, 10, 11, {}}) == ERANGE);
  CHECK(ipvs() == "tcp 192.0.2.1:80 rr\n  10.0.0.1:80 DR 1 0..10\n");
  CHECK(update(one, direct()) == 0);
  CHECK(ipvs() == "tcp 192.0.2.1:80 rr\n  10.0.0.1:80 DR 1\n");
}

TEST_CASE_FIXTURE(Case, "destinations: errno of what cannot be written") {
  const ServiceKey key = service_key("tcp 192.0.2.1:80");
  const DestinationKey one = destination_key(key, "10.0.0.1", 80);
  CHECK(add(one, direct()) == ESRCH);
  CHECK(update(one, direct()) == ESRCH);
  CHECK(remove(one) == ESRCH);
  CHECK(add(key, plain(key)) == 0);
  CHECK(update(one, direct()) == ENOENT);
  CHECK(remove(one) == ENOENT);
  CHECK(add(one, direct(2147483648U)) == ERANGE);
  CHECK(add(one, {Forwarding::dr, 1, 5, 6, {}}) == ERANGE);
  CHECK(add(one, {Forwarding::tun, 1, 0, 0, {TunnelType::gue, 0, TunnelChecksum::none}}) == EINVAL);
  CHECK(add(one, direct()) == 0);
  CHECK(add(one, direct(2)) == EEXIST);
  CHECK(update(one, {Forwarding::tun, 1, 0, 0, {TunnelType::gue, 0, TunnelChecksum::none}}) == EINVAL);
  for (const char* unreachable : {"0.0.0.0", "224.0.0.1", "255.255.255.255"}) {
    CAPTURE(unreachable);
    CHECK(add(destination_key(key, unreachable, 80), direct()) == EINVAL);
  }
  const ServiceKey ipv6 = service_key("tcp [2001:db8::1]:80");
  CHECK(add(ipv6, plain(ipv6)) == 0);
  for (const char* unreachable : {"::", "ff02::1", "fe80::1234"}) {
    CAPTURE(unreachable);
    CHECK(add(destination_key(ipv6, unreachable, 80), direct()) == EINVAL);
  }
  CHECK(ipvs() == "tcp 192.0.2.1:80 rr\n  10.0.0.1:80 DR 1\ntcp [2001:db8::1]:80 rr\n");
}

TEST_CASE_FIXTURE(Case, "destinations: one that comes back has its new settings") {
  const ServiceKey key = service_key("tcp 192.0.2.1:80");
  const DestinationKey one = destination_key(key, "10.0.0.1", 80);
  CHECK(add(key, plain(key)) == 0);
  CHECK(add(one, {Forwarding::tun, 7, 9, 8, {TunnelType::gue, 1, TunnelChecksum::full}}) == 0);
  CHECK(remove(one) == 0);
  CHECK(ipvs() == "tcp 192.0.2.1:80 rr\n");
  CHECK(add(one, direct(2)) == 0);
  CHECK(ipvs() == "tcp 192.0.2.1:80 rr\n  10.0.0.1:80 DR 2\n");
}

TEST_SUITE_END();

}  // namespace ballast::contract
