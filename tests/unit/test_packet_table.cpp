// The packet filter's table as text: the script for nft, and what nft 1.0.6 prints of the table that it has made of
// one.
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "drivers/packet_rules_codec.hpp"

namespace {

using namespace ballast;
using nlohmann::json;

ServiceKey key(const std::string& text) {
  return *ServiceKey::parse(text);
}

/// What the recorded table was made of.
const PacketRulesMap recorded{{key("tcp 192.0.2.100:80"), {true, SynProxy{1460, 7}}},
                              {key("tcp 192.0.2.100:81"), {true, std::nullopt}},
                              {key("udp 192.0.2.100:53"), {true, std::nullopt}},
                              {key("tcp [2001:db8::1]:80"), {true, SynProxy{1460, 7}}},
                              {key("tcp [2001:db8::1]:81"), {false, SynProxy{1400, 0}}}};

json recording() {
  std::ifstream file(BALLAST_SOURCE_DIR "/tests/fuzz/corpus/packet_filter/table");
  return json::parse(file);
}

PacketTable read(const json& listing) {
  const auto table = read_packet_table(listing.dump());
  REQUIRE(table.has_value());
  return *table;
}

std::size_t damaged(const PacketTable& table) {
  std::size_t count = 0;
  for (const auto& [service, rules] : table.rules) count += rules.damaged ? 1 : 0;
  return count;
}

/// The first object of that kind with this name, or of this chain.
json& object_of(json& listing, const char* kind, const std::string& name) {
  for (json& each : listing["nftables"]) {
    if (!each.contains(kind)) continue;
    if (each[kind].value("name", each[kind].value("chain", "")) == name) return each;
  }
  FAIL("nothing of that name");
  return listing;
}

}  // namespace

TEST_CASE("packet table: the script for one service with both") {
  CHECK(packet_table_script({{key("tcp 192.0.2.1:80"), {true, SynProxy{1460, 7}}}}) ==
        R"(add table inet ballast
delete table inet ballast
table inet ballast {
  set syn-proxy-1460-7-ip { type ipv4_addr . inet_service; elements = { 192.0.2.1 . 80 } }
  chain syn-proxy-1460-7 {
    ct state invalid,untracked synproxy mss 1460 wscale 7 timestamp sack-perm comment "SYNs are answered, and what answers that"
    ct state new tcp flags & syn == 0 synproxy mss 1460 wscale 7 timestamp sack-perm comment "the same where tracking begins in the middle"
    ct state invalid drop comment "belongs to no connection"
  }
  chain source-nat {
    type nat hook postrouting priority 100; policy accept;
    meta l4proto 6 ct original ip daddr 192.0.2.1 ct original proto-dst 80 masquerade comment "source NAT of tcp 192.0.2.1:80"
  }
  chain syn-proxy {
    type filter hook input priority 0; policy accept;
    ip daddr . tcp dport @syn-proxy-1460-7-ip goto syn-proxy-1460-7 comment "to syn-proxy-1460-7-ip"
  }
  chain syn-untracked {
    type filter hook prerouting priority -300; policy accept;
    tcp flags & (fin|syn|rst|ack) == syn ip daddr . tcp dport @syn-proxy-1460-7-ip notrack comment "SYNs for syn-proxy-1460-7-ip"
  }
}
)");
  CHECK(packet_table_script({}) == "add table inet ballast\ndelete table inet ballast\n");
}

TEST_CASE("packet table: what nft prints of it is what it was made of") {
  const PacketTable table = read(recording());
  CHECK(table.present);
  CHECK(table.rules == recorded);
}

TEST_CASE("packet table: whatever is missing, changed or more shows on every service") {
  const auto without = [](const char* kind, const std::string& name) {
    json listing = recording();
    object_of(listing, kind, name) = json::object();
    return read(listing);
  };
  for (const auto& [kind, name] : std::vector<std::pair<const char*, std::string>>{{"rule", "syn-untracked"},
                                                                                   {"rule", "syn-proxy"},
                                                                                   {"rule", "syn-proxy-1460-7"},
                                                                                   {"chain", "syn-untracked"},
                                                                                   {"set", "syn-proxy-1460-7-ip"}}) {
    CAPTURE(kind);
    CAPTURE(name);
    const PacketTable table = without(kind, name);
    CHECK(damaged(table) == table.rules.size());
    CHECK(table.rules.size() == recorded.size());
  }
  json listing = recording();
  object_of(listing, "chain", "source-nat")["chain"]["policy"] = "drop";
  CHECK(damaged(read(listing)) == recorded.size());
  listing = recording();
  object_of(listing, "chain", "syn-proxy")["chain"]["prio"] = 10;
  CHECK(damaged(read(listing)) == recorded.size());
  listing = recording();
  listing["nftables"].push_back({{"rule", {{"chain", "source-nat"}, {"expr", json::array()}}}});
  CHECK(damaged(read(listing)) == recorded.size());
  listing = recording();
  object_of(listing, "set", "syn-proxy-1400-0-ip6")["set"]["elem"].push_back("none of ours");
  CHECK(damaged(read(listing)) == recorded.size());
}

TEST_CASE("packet table: what is not of nft is an error, and so is a list of tables that is none") {
  for (const char* text : {"", "{", "[]", "7", "{\"nftables\": 1}", "{\"nftables\": {}}"}) {
    CAPTURE(text);
    CHECK_FALSE(read_packet_table(text).has_value());
    CHECK_FALSE(lists_packet_table(text).has_value());
  }
  const auto lists = [](const char* text) { return lists_packet_table(text).value(); };
  CHECK(lists(R"({"nftables": [{"metainfo": {}}, {"table": {"family": "inet", "name": "ballast", "handle": 1}}]})"));
  CHECK_FALSE(lists(R"({"nftables": [{"table": {"family": "ip", "name": "ballast"}}]})"));
  CHECK_FALSE(lists(R"({"nftables": [{"table": {"family": "inet", "name": "ballast2"}}, 1, {"table": 1}]})"));
}
