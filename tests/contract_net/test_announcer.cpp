// What hosts on the cable learn from announcements.
#include <chrono>

#include <doctest/doctest.h>
#include <net/ethernet.h>
#include <net/if.h>

#include "contract_net/lab.hpp"
#include "drivers/announcer.hpp"

namespace ballast::test {
namespace {

constexpr MacAddress our_mac{{0x02, 0, 0, 0, 0, 0x01}};

Announcer open() {
  auto announcer = Announcer::open();
  REQUIRE(announcer.has_value());
  return std::move(*announcer);
}

Announcement here(const std::string& vip) {
  return {if_nametoindex("e0"), our_mac, ip(vip), false};
}

bool contains(const std::string& text, const std::string& part) {
  CAPTURE(text);
  CAPTURE(part);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("announcer: frames mean what they should to tcpdump") {
  CHECK(
      contains(explain(make_gratuitous_arp(our_mac, ip("192.0.2.100"))),
               "02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42: Ethernet (len 6), IPv4 (len "
               "4), Request who-has 192.0.2.100 (ff:ff:ff:ff:ff:ff) tell 192.0.2.100, length 28"));
  CHECK(contains(explain(make_gratuitous_arp(our_mac, ip("192.0.2.100"), ArpForm::reply)),
                 "Reply 192.0.2.100 is-at 02:00:00:00:00:01"));
  const std::string neighbour = explain(make_neighbour_advertisement(our_mac, ip("2001:db8::100"), false));
  CHECK(contains(neighbour, "02:00:00:00:00:01 > 33:33:00:00:00:01, ethertype IPv6 (0x86dd), length 86: (hlim 255"));
  CHECK(contains(neighbour,
                 "2001:db8::100 > ff02::1: [icmp6 sum ok] ICMP6, neighbor advertisement, length 32, tgt is "
                 "2001:db8::100, Flags [override]"));
  CHECK(contains(neighbour, "destination link-address option (2), length 8 (1): 02:00:00:00:00:01"));
  CHECK(
      contains(explain(make_neighbour_advertisement(our_mac, ip("2001:db8::100"), true)), "Flags [router, override]"));
}

TEST_CASE("announcer: a host that knows the VIP elsewhere learns where it is now") {
  const Lab lab;
  auto announcer = open();
  lab.right();
  Sniffer sniffer("e0");
  run("ip neigh add 192.0.2.100 lladdr 02:00:00:00:00:99 dev e0 nud stale");
  run("ip neigh add 192.0.2.101 lladdr 02:00:00:00:00:99 dev e0 nud stale");
  run("ip neigh add 2001:db8::100 lladdr 02:00:00:00:00:99 dev e0 nud stale");
  lab.left();
  CHECK(announcer.announce(std::vector{here("192.0.2.100"), here("2001:db8::100")}) == std::vector{0, 0});
  CHECK(announcer.announce(std::vector{here("192.0.2.101")}, ArpForm::reply) == std::vector{0});
  lab.right();
  CHECK_FALSE(sniffer.next(ETH_P_IPV6).empty());
  for (const char* vip : {"192.0.2.100", "192.0.2.101", "2001:db8::100"}) {
    CHECK(contains(run(std::string("ip neigh show ") + vip), "lladdr 02:00:00:00:00:01"));
  }
}

TEST_CASE("announcer: 1,000 VIPs") {
  const Lab lab;
  auto announcer = open();
  std::vector<Announcement> announcements;
  for (int i = 0; i < 1000; ++i) {
    announcements.push_back(here("198.18." + std::to_string(i / 250) + "." + std::to_string(i % 250)));
  }
  const auto start = std::chrono::steady_clock::now();
  const auto results = announcer.announce(announcements);
  const auto time = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start);
  MESSAGE("1,000 gratuitous ARP frames in ", time.count(), " us");
  CHECK(results == std::vector(1000, 0));
}

TEST_CASE("announcer: each announcement fails alone, and the text says why there is no MAC") {
  const Lab lab;
  const auto announcer = open();
  CHECK(*announcer.mac_of(if_nametoindex("e0")) == our_mac);
  CHECK(announcer.mac_of(4711).error().errnum == ENODEV);
  CHECK(announcer.mac_of(1).error().text == "lo is not an Ethernet interface");

  auto sender = open();
  Announcement nowhere = here("192.0.2.101");
  nowhere.interface_index = 4711;
  lab.right();
  Sniffer sniffer("e0");
  lab.left();
  CHECK(sender.announce(std::vector{nowhere, here("192.0.2.100"), nowhere}) == std::vector{ENXIO, 0, ENXIO});
  CHECK_FALSE(sniffer.next(ETH_P_ARP).empty());
  run("ip link set e0 down");
  CHECK(sender.announce(std::vector{here("192.0.2.100")}) == std::vector{ENETDOWN});
}

TEST_CASE("announcer: virtual routers have well-known MACs") {
  CHECK(virtual_mac(Family::ipv4, 41).text() == "00:00:5e:00:01:29");
  CHECK(virtual_mac(Family::ipv6, 255).text() == "00:00:5e:00:02:ff");
}

}  // namespace ballast::test
