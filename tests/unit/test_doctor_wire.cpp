// `ballast doctor`: what is heard on the wire, and who answers for a VIP.
#include "doctor_facts.hpp"

using namespace ballast;
using namespace ballast::testing;

TEST_CASE("doctor: what is heard on the wire") {
  check({{"another group on the VRID",
          [](Facts& facts) { facts.wire->heard.push_back(heard("192.0.2.77", peer_mac, false, "192.0.2.200")); },
          {"broken: another group uses VRID 41 on eth0", "192.0.2.77 (02:00:00:00:00:02) advertises 192.0.2.200",
           "web has 192.0.2.100", "1 is not in use"}},
         {"two MASTERs",
          [](Facts& facts) {
            auto& all = facts.wire->heard;
            all.insert(all.begin() + 1, heard("192.0.2.2", peer_mac, false));
          },
          {"broken: two nodes are MASTER of VRID 41 on eth0 (web)", "192.0.2.1, this node,", "192.0.2.2 (02:"}},
         {"a real server that answers ARP",
          [](Facts& facts) {
            facts.wire->answers.insert({"eth0", ip("192.0.2.100"), server_mac});
          },
          {"broken: the real server 192.0.2.11 answers ARP for the VIP 192.0.2.100", "02:00:00:00:00:11", "on eth0",
           "arp_ignore=1"}},
         {"a stranger that answers ARP",
          [](Facts& facts) {
            facts.wire->answers.insert({"eth0", ip("192.0.2.100"), MacAddress{{2, 9}}});
          },
          {"broken: a machine that is not MASTER answers ARP", "this node holds it"}}},
        director(), "one");
}

TEST_CASE("doctor: a take-over, another's VRID and the MASTER's answer are no findings") {
  Facts facts = director();
  auto& all = facts.wire->heard;
  SUBCASE("a take-over") {
    for (int i = 0; i < 2; ++i) all.push_back(heard("192.0.2.2", peer_mac, false));
  }
  SUBCASE("a MASTER that goes") {
    all[0].source = ip("192.0.2.2");
    all[0].own = false;
    all[0].message.priority = 0;
    all.push_back(all[0]);
  }
  SUBCASE("another VRID") {
    all.push_back(heard("192.0.2.77", peer_mac, false, "192.0.2.200"));
    all.back().message.vrid = 42;
  }
  SUBCASE("a BACKUP asks and the MASTER answers") {
    facts.addresses.pop_back();
    all.assign(3, heard("192.0.2.2", peer_mac, false));
    facts.wire->answers.insert({"eth0", ip("192.0.2.100"), peer_mac});
  }
  SUBCASE("the MASTER answers with its virtual MAC") {
    facts.addresses.pop_back();
    all.assign(3, heard("192.0.2.2", peer_mac, false));
    facts.wire->answers.insert({"eth0", ip("192.0.2.100"), virtual_mac(Family::ipv4, 41)});
  }
  SUBCASE("the MASTER holds it on another device than it advertises it on") {
    facts.addresses.pop_back();
    all.assign(3, heard("192.0.2.2", peer_mac, false));
    for (Heard& each : all) each.interface = "eth1";
    facts.wire->answers.insert({"eth0", ip("192.0.2.100"), MacAddress{{2, 9}}});
  }
  SUBCASE("somebody holds it whom nobody hears") {
    facts.addresses.pop_back();
    all.clear();
    facts.wire->answers.insert({"eth0", ip("192.0.2.100"), peer_mac});
  }
  CHECK(found(facts, "one") == std::vector<std::string>{});
}

TEST_CASE("doctor: a VIP with a virtual MAC is held on a device of its own, and asked for on the network's") {
  ReadOutcome outcome = read_and_validate(
      {{"m", document("VirtualRouter", "web",
                      "virtualRouterId: 41, interface: eth0, addresses: [192.0.2.100/24], routers: [{node: one}], "
                      "virtualMac: true")}});
  REQUIRE(testing::texts_of(outcome.diagnostics).empty());
  const Part part = part_of(outcome.manifest, "one", director());
  REQUIRE(part.vips.size() == 1);
  CHECK(part.vips[0].interface == "vrrp.41");
  CHECK(part.vips[0].network == "eth0");
}
