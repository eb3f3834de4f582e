// The packet filter's table: what is written is read, and what somebody else does to it shows.
#include "contract/world.hpp"

namespace ballast::contract {
namespace {

struct PacketFilterCase : Case {
  const ServiceKey web = service_key("tcp 192.0.2.1:80");
  const ServiceKey web6 = service_key("tcp [2001:db8::1]:80");
  const PacketRulesMap all{{web, {true, SynProxy{1460, 7}}},
                           {web6, {true, SynProxy{1460, 7}}},
                           {service_key("tcp 192.0.2.1:443"), {false, SynProxy{1400, 0}}},
                           {service_key("udp 192.0.2.1:53"), {true, std::nullopt}}};

  PacketTable read() {
    const auto table = kernel.packet_filter.read();
    REQUIRE_MESSAGE(table.has_value(), (table ? "" : table.error().text));
    return *table;
  }
  void write(const PacketRulesMap& rules) {
    const auto done = kernel.packet_filter.write(rules);
    REQUIRE_MESSAGE(done.has_value(), (done ? "" : done.error().text));
  }
  static bool has_damage(const PacketTable& table) {
    for (const auto& [key, rules] : table.rules) {
      if (rules.damaged) return true;
    }
    return false;
  }
};

}  // namespace

TEST_SUITE_BEGIN("packet filter");

TEST_CASE_FIXTURE(PacketFilterCase, "packet filter: what is written is read, and replaces what was there") {
  CHECK_FALSE(read().present);
  write(all);
  CHECK(read().present);
  CHECK(read().rules == all);
  const PacketRulesMap fewer{{web6, {true, std::nullopt}}};
  write(fewer);
  CHECK(read().rules == fewer);
  write({});
  CHECK_FALSE(read().present);
  CHECK(read().rules.empty());
  write({});
}

TEST_CASE_FIXTURE(PacketFilterCase, "packet filter: what others do to the table shows, and the next write mends it") {
  if (!world()->is_real()) return;  // the fake has no nft
  for (const std::string change :
       {"flush table inet ballast", "add rule inet ballast source-nat counter", "flush chain inet ballast syn-proxy",
        "add chain inet ballast more", "delete element inet ballast syn-proxy-1460-7-ip '{ 192.0.2.1 . 80 }'",
        "add element inet ballast syn-proxy-1400-0-ip '{ 192.0.2.1 . 80 }'",
        "add chain inet ballast source-nat '{ policy drop; }'"}) {
    CAPTURE(change);
    write(all);
    REQUIRE(read().rules == all);
    CHECK(world()->run("nft " + change + " 2>&1").empty());
    CHECK(read().present);
    CHECK(has_damage(read()));
  }
  write(all);
  world()->run("nft flush ruleset");
  CHECK_FALSE(read().present);
}

TEST_CASE_FIXTURE(PacketFilterCase, "packet filter: other tables are nobody's business") {
  if (!world()->is_real()) return;
  world()->run("nft add table ip ballast; nft add table inet other");
  CHECK_FALSE(read().present);
  write(all);
  write({});
  const std::string tables = world()->run("nft list tables");
  CHECK(tables == "table ip ballast\ntable inet other\n");
  world()->run("nft flush ruleset");
}

TEST_CASE_FIXTURE(PacketFilterCase, "packet filter: hundreds of services") {
  PacketRulesMap many;
  for (int i = 0; i < 500; ++i) {
    const std::string address = "10.1." + std::to_string(i / 250) + "." + std::to_string(1 + i % 250);
    many.emplace(service_key("tcp " + address + ":80"), PacketRules{true, SynProxy{1460, 7}});
  }
  write(many);
  CHECK(read().rules == many);
  write({});
}

TEST_SUITE_END();

}  // namespace ballast::contract
