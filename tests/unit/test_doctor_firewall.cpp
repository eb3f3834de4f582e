// Packet filters: which rule drops an advertisement for certain, and which may let it pass.
#include <doctest/doctest.h>

#include "controller/doctor/firewall.hpp"

namespace {

using namespace ballast;
using namespace ballast::doctor;

Packet advertisement(bool incoming = true) {
  return {incoming, "eth0", Family::ipv4, 112, IpAddress::parse("10.0.0.2"), IpAddress::parse("224.0.0.18")};
}

/// What `-A INPUT` rules do with it, in a table that has further lines.
std::string fate(const std::string& rules, const std::string& policy = "ACCEPT") {
  const std::string saved =
      "# comment\n*filter\n:INPUT " + policy + " [0:0]\n:OUTPUT ACCEPT [0:0]\n:ours - [0:0]\n" + rules + "COMMIT\n";
  return dropped_by(read_iptables(saved, Family::ipv4), advertisement()).value_or("passes");
}

std::string nft_fate(const std::string& objects) {
  const std::string table =
      R"({"nftables": [{"metainfo": {}}, {"chain": {"family": "inet", "table": "f", "name": "in", "hook": "input",
          "policy": "drop"}}, {"chain": {"family": "inet", "table": "f", "name": "other"}})";
  const auto firewall = read_nft(table + objects + "]}");
  REQUIRE(firewall);
  return dropped_by(*firewall, advertisement()).value_or("passes");
}

/// A rule of chain `in`, number 7.
std::string rule(const std::string& statements, const std::string& chain = "in") {
  return R"(, {"rule": {"family": "inet", "table": "f", "chain": ")" + chain + R"(", "handle": 7, "expr": [)" +
         statements + "]}}";
}

const std::string accept = R"({"accept": null})";
const std::string drop = R"({"drop": null})";

std::string match(const std::string& left, const std::string& right, const std::string& op = "==") {
  return R"({"match": {"op": ")" + op + R"(", "left": )" + left + R"(, "right": )" + right + "}}, ";
}

const std::string l4proto = R"({"meta": {"key": "l4proto"}})";

}  // namespace

TEST_CASE("firewall: iptables rules drop an advertisement for certain, or not") {
  CHECK(fate("") == "passes");
  CHECK(fate("-A INPUT -p vrrp -j DROP\n") == "rule \"iptables -A INPUT -p vrrp -j DROP\"");
  CHECK(fate("-A INPUT -p 112 -j REJECT --reject-with icmp-port-unreachable\n") != "passes");
  CHECK(fate("-A INPUT -p tcp -j DROP\n") == "passes");
  CHECK(fate("-A INPUT ! -p tcp -j DROP\n") != "passes");
  CHECK(fate("-A INPUT -s 10.0.0.0/8 -i eth+ -p vrrp -j DROP\n") != "passes");
  CHECK(fate("-A INPUT -s 10.9.0.0/16 -p vrrp -j DROP\n") == "passes");
  CHECK(fate("-A INPUT -i eth1 -p vrrp -j DROP\n") == "passes");
  CHECK(fate("-A INPUT -d 224.0.0.0/8 -j DROP\n") != "passes");
  CHECK(fate("-A INPUT -p vrrp -j ACCEPT\n-A INPUT -p vrrp -j DROP\n") == "passes");
  CHECK(fate("-A INPUT -p vrrp -j LOG --log-prefix \"x -j ACCEPT\"\n-A INPUT -p vrrp -j DROP\n") != "passes");
  CHECK(fate("-A OUTPUT -p vrrp -j DROP\n") == "passes");

  CHECK(fate("-A INPUT -i lo -j ACCEPT\n", "DROP") ==
        "policy drop of iptables's chain filter INPUT, where no rule accepts it");
  CHECK(fate("-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT\n", "DROP") != "passes");
  CHECK(fate("-A INPUT -m conntrack --ctstate NEW -j ACCEPT\n", "DROP") == "passes");
  CHECK(fate("-A INPUT -m conntrack --ctstate INVALID -j DROP\n") == "passes");
  // What is not known here may match.
  CHECK(fate("-A INPUT -m recent --name x --rcheck -j ACCEPT\n", "DROP") == "passes");
  CHECK(fate("-A INPUT -m recent --name x --rcheck -j DROP\n") == "passes");
  CHECK(fate("-A INPUT -m comment --comment \"no vrrp\" -p vrrp -j DROP\n") != "passes");

  CHECK(fate("-A INPUT -j ours\n-A ours -p vrrp -j DROP\n") != "passes");
  CHECK(fate("-A INPUT -j ours\n-A ours -j RETURN\n-A ours -p vrrp -j DROP\n") == "passes");
  CHECK(fate("-A INPUT -g ours\n-A INPUT -p vrrp -j DROP\n-A ours -p tcp -j DROP\n") == "passes");
  CHECK(fate("-A INPUT -j ours\n-A ours -j ours\n", "DROP") == "passes");
  CHECK(fate("-A INPUT -j elsewhere\n", "DROP") == "passes");
}

TEST_CASE("firewall: nft rules drop an advertisement for certain, or not") {
  CHECK(nft_fate("") == "policy drop of chain inet f in, where no rule accepts it");
  CHECK(nft_fate(rule(accept)) == "passes");
  CHECK(nft_fate(rule(match(l4proto, "\"vrrp\"") + drop) + rule(accept)) ==
        "rule \"drop\" (handle 7) of nft's chain inet f in");
  CHECK(nft_fate(rule(match(l4proto, R"({"set": ["ah", 112]})") + R"({"counter": null}, {"reject": null})") +
                 rule(accept)) == "rule \"reject\" (handle 7) of nft's chain inet f in");
  CHECK(nft_fate(rule(match(l4proto, "\"tcp\"") + drop) + rule(accept)) == "passes");
  CHECK(nft_fate(rule(match(R"({"payload": {"protocol": "tcp", "field": "dport"}})", "22", "!=") + drop) +
                 rule(accept)) == "passes");
  CHECK(nft_fate(rule(match(R"({"payload": {"protocol": "ip6", "field": "nexthdr"}})", "112") + drop) + rule(accept)) ==
        "passes");
  CHECK(nft_fate(rule(match(R"({"payload": {"protocol": "ip", "field": "daddr"}})",
                            R"({"prefix": {"addr": "224.0.0.0", "len": 8}})") +
                      drop) +
                 rule(accept)) != "passes");
  CHECK(nft_fate(rule(match(R"({"meta": {"key": "iifname"}})", R"({"set": ["eth0", "eth1"]})") +
                      match(R"({"payload": {"protocol": "ip", "field": "saddr"}})", "\"@peers\"") + accept)) ==
        "passes");
  CHECK(nft_fate(rule(match(R"({"ct": {"key": "state"}})", R"(["established", "related"])", "in") + accept)) !=
        "passes");
  CHECK(nft_fate(rule(R"({"vmap": {"key": {"ct": {"key": "state"}}, "data": {"set": [["invalid", {"drop": null}],
                      ["established", {"accept": null}]]}}})")) != "passes");
  CHECK(nft_fate(rule(R"({"vmap": {"key": {"meta": {"key": "iifname"}}, "data": "@x"}})")) == "passes");
  CHECK(nft_fate(rule(R"({"jump": {"target": "other"}})") + rule(match(l4proto, "112") + accept, "other")) == "passes");
  CHECK(nft_fate(rule(R"({"xt": {"type": "match", "name": "conntrack"}}, )" + drop) + rule(accept)) == "passes");
}

TEST_CASE("firewall: what is no ruleset is none, and hostile ones end") {
  CHECK_FALSE(read_nft(""));
  CHECK_FALSE(read_nft("[1,2"));
  CHECK_FALSE(read_nft(R"({"nftables": 3})"));
  const auto odd = read_nft(
      R"({"nftables": [1, {"rule": 2}, {"rule": {"expr": [{}, [], {"match": 1}, {"match": {"left": 1, "right": {}}}]}},
          {"chain": {"family": 1, "name": []}}]})");
  REQUIRE(odd);
  CHECK_FALSE(dropped_by(*odd, advertisement()));
  CHECK(read_iptables("-A INPUT\n:\n*\n: \n-A\n-A x -p\n-A INPUT -j\n", Family::ipv4).tables.size() == 1);

  std::string doubling = "*filter\n:INPUT DROP [0:0]\n";
  for (int chain = 0; chain < 30; ++chain) doubling += ":c" + std::to_string(chain) + " - [0:0]\n";
  doubling += "-A INPUT -j c0\n";
  for (int chain = 0; chain < 29; ++chain) {
    for (int twice = 0; twice < 2; ++twice) {
      doubling += "-A c" + std::to_string(chain) + " -j c" + std::to_string(chain + 1) + "\n";
    }
  }
  CHECK_FALSE(dropped_by(read_iptables(doubling, Family::ipv4), advertisement()));
}
