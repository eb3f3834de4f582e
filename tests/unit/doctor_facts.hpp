// A healthy director and a healthy real server, as `ballast doctor` sees them, to plant faults in.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "controller/doctor/checks.hpp"
#include "manifest_text.hpp"

namespace ballast::testing {

using namespace ballast::doctor;
using namespace std::chrono_literals;

inline IpAddress ip(const std::string& text) {
  return *IpAddress::parse(text);
}

inline constexpr MacAddress own_mac{{2, 0, 0, 0, 0, 1}};
inline constexpr MacAddress peer_mac{{2, 0, 0, 0, 0, 2}};
inline constexpr MacAddress server_mac{{2, 0, 0, 0, 0, 0x11}};

inline const std::string manifest_text =
    document("VirtualRouter", "web",
             "virtualRouterId: 41, interface: eth0, addresses: [192.0.2.100/24], routers: [{node: one}, {node: two}]") +
    document("VirtualService", "dr", "address: 192.0.2.100, port: 80, scheduler: wrr, forwarding: DR, pool: near") +
    document("VirtualService", "nat", "address: 192.0.2.100, port: 81, scheduler: wrr, forwarding: NAT, pool: near") +
    document("VirtualService", "tun", "address: 192.0.2.100, port: 82, scheduler: wrr, forwarding: TUN, pool: far") +
    document("Pool", "near", "members: [{address: 192.0.2.11}]") +
    document("Pool", "far", "members: [{address: 198.51.100.12}]") +
    document("RealServer", "near", "nodes: [server], pools: [near, far]");

inline Manifest manifest() {
  ReadOutcome outcome = read_and_validate({{"m", manifest_text}});
  REQUIRE(texts_of(outcome.diagnostics).empty());
  return std::move(outcome.manifest);
}

inline void add_device(Facts& facts, const std::string& name, int index, const MacAddress& mac, std::uint32_t mtu) {
  facts.links.push_back({name, index, true, false, mac, mtu});
  for (const char* setting : {"rp_filter", "arp_ignore", "arp_announce"}) {
    facts.sysctls[interface_sysctl(name, setting)] = "0";
  }
}

inline void add_address(Facts& facts, const std::string& interface, const std::string& prefix) {
  AddressEvent address;
  address.added = true;
  address.key = {interface, *Prefix::parse(prefix)};
  facts.addresses.push_back(address);
}

inline Heard heard(const std::string& source, const MacAddress& mac, bool own, const std::string& vip = "192.0.2.100") {
  vrrp::Advertisement message;
  message.vrid = 41;
  message.addresses = {ip(vip)};
  return {"eth0", ip(source), mac, own, message};
}

inline Facts machine() {
  Facts facts;
  facts.capabilities = ~std::uint64_t{0};
  facts.modules.listed = true;
  facts.modules.there = {"ip_vs"};
  facts.modules.loadable = {"ip_vs_wrr"};
  facts.sysctls = {{"net.ipv4.ip_forward", "1"},
                   {"net.ipv4.vs.conntrack", "0"},
                   {"net.netfilter.nf_conntrack_count", "10"},
                   {"net.netfilter.nf_conntrack_max", "1000"}};
  facts.sysctls[interface_sysctl("all", "rp_filter")] = "0";
  facts.processes = {{1, "systemd-networkd", "/lib/systemd/systemd-networkd"}};
  facts.clock = Clock{};
  add_device(facts, "lo", 1, {}, 65536);
  add_address(facts, "lo", "127.0.0.1/8");
  facts.sysctl_files = {{"/etc/sysctl.d/lb.conf", "# net.ipv4.tcp_tw_recycle = 1\nnet.ipv4.ip_forward = 1\n"}};
  facts.network_files = {{"eth1.network", "[Match]\nName=eth1\n[Network]\nAddress=192.0.2.77/24\n"},
                         {"eth0.network", "[Match]\nName=eth0\n[Network]\nKeepConfiguration=static\n"}};
  return facts;
}

/// The MASTER, which hears a BACKUP's neighbour answer for itself.
inline Facts director() {
  Facts facts = machine();
  facts.sysctls[interface_sysctl("all", "arp_ignore")] = "0";
  facts.sysctls[interface_sysctl("all", "arp_announce")] = "0";
  add_device(facts, "eth0", 2, own_mac, 1500);
  add_device(facts, "eth1", 3, own_mac, 1520);
  add_address(facts, "eth0", "192.0.2.1/24");
  add_address(facts, "eth0", "192.0.2.100/24");
  facts.table.emplace();
  facts.routes[far_away] = Route{2, ip("192.0.2.254"), 0, false};
  facts.routes[ip("192.0.2.11")] = Route{2, std::nullopt, 0, false};
  facts.routes[ip("198.51.100.12")] = Route{3, ip("203.0.113.254"), 0, false};
  Wire wire;
  wire.listened = 3200ms;
  for (int i = 0; i < 3; ++i) wire.heard.push_back(heard("192.0.2.1", own_mac, true));
  wire.answers = {{"eth0", ip("192.0.2.11"), server_mac}};
  facts.wire = wire;
  return facts;
}

inline Facts server() {
  Facts facts = machine();
  facts.sysctls[interface_sysctl("all", "arp_ignore")] = "1";
  facts.sysctls[interface_sysctl("all", "arp_announce")] = "2";
  add_device(facts, "eth0", 2, server_mac, 1500);
  add_device(facts, "tunl0", 3, {}, 1480);
  add_address(facts, "eth0", "192.0.2.11/24");
  add_address(facts, "lo", "192.0.2.100/32");
  return facts;
}

/// One finding a line: "broken: what | evidence | do".
inline std::vector<std::string> lines_of(const Findings& findings) {
  std::vector<std::string> lines;
  for (const Finding& each : findings) {
    lines.push_back(std::string(text_of(each.severity)) + ": " + each.what + " | " + each.evidence + " | " +
                    each.remedy);
  }
  return lines;
}

inline std::vector<std::string> found(const Facts& facts, const std::string& node) {
  const Manifest wanted = manifest();
  return lines_of(find_all(facts, part_of(wanted, node, facts)));
}

struct Fault {
  std::string name;
  std::function<void(Facts&)> plant;
  std::vector<std::string> words;  ///< of the one finding
};

inline void check(const std::vector<Fault>& faults, const Facts& healthy, const std::string& node) {
  CHECK(found(healthy, node) == std::vector<std::string>{});
  for (const Fault& fault : faults) {
    CAPTURE(fault.name);
    Facts facts = healthy;
    fault.plant(facts);
    const auto lines = found(facts, node);
    CHECK(lines.size() == 1);
    for (const std::string& line : lines) {
      CAPTURE(line);
      for (const std::string& word : fault.words) {
        CAPTURE(word);
        CHECK(line.find(word) != std::string::npos);
      }
    }
  }
}

inline void set(Facts& facts, const std::string& sysctl, const std::string& value) {
  facts.sysctls[sysctl] = value;
}

}  // namespace ballast::testing
