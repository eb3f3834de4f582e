// Findings about how a director gets packets to its real servers.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "controller/doctor/checks.hpp"

namespace ballast::doctor {
namespace {

constexpr std::uint32_t usual_mtu = 1500;
constexpr long strict = 1;

void check_devices(const Facts& facts, const Part& part, Findings& findings) {
  std::set<std::string> seen;
  for (const Group& group : part.groups) {
    const LinkEvent* link = facts.link(group.interface);
    if ((link != nullptr && link->up) || !seen.insert(group.interface).second) continue;
    findings.push_back({Severity::broken,
                        fmt::format("the device {} of VirtualRouter {} is {}: this node is in FAULT", group.interface,
                                    group.name, link == nullptr ? "missing" : "down"),
                        link == nullptr ? fmt::format("there is no device {} (ip link)", group.interface)
                                        : fmt::format("{} is not up, or has no carrier (ip link)", group.interface),
                        link == nullptr
                            ? "make the device, or name another as the router's interface"
                            : fmt::format("ip link set {} up, and see its cable or its configuration", group.interface),
                        group.origin});
  }
}

void check_forwarding(const Facts& facts, const Part& part, Findings& findings) {
  for (const DirectedService& service : part.services) {
    const auto target = std::find_if(service.targets.begin(), service.targets.end(), [&](const Target& each) {
      return each.value.forwarding == Forwarding::nat && !facts.is_local(each.address);
    });
    if (target == service.targets.end()) continue;
    const std::string name = target->address.is_ipv4() ? "net.ipv4.ip_forward" : "net.ipv6.conf.all.forwarding";
    if (facts.number(name).value_or(1) != 0) continue;
    const bool told = std::any_of(findings.begin(), findings.end(),
                                  [&](const Finding& each) { return each.evidence.starts_with(name); });
    if (told) continue;
    findings.push_back(
        {Severity::broken, "this NAT director does not forward: real servers' answers stop here",
         fmt::format("{} is 0, and {} goes to {} by NAT", name, service.key.text(), target->address.text()),
         fmt::format("sysctl -w {}=1; to keep it, sysctls of a Director document", name), service.origin});
  }
}

/// A client's packet comes in where the VIP is; strict filtering drops it where the way back to the client is another.
void check_reverse_path(const Facts& facts, const Part& part, Findings& findings) {
  const auto way = facts.routes.find(far_away);
  if (way == facts.routes.end() || !way->second) return;
  const LinkEvent* out = facts.link(way->second->interface_index);
  if (out == nullptr) return;
  std::set<std::string> seen;
  for (const Vip& vip : part.vips) {
    if (!vip.address.is_ipv4() || vip.interface.empty() || vip.interface == out->name) continue;
    if (facts.effective("rp_filter", vip.interface).value_or(0) != strict || !seen.insert(vip.interface).second)
      continue;
    findings.push_back(
        {Severity::at_risk,
         fmt::format("clients' packets to {} are dropped where their way back is not {}", vip.address.text(),
                     vip.interface),
         fmt::format("rp_filter of {} is 1 (the larger of all and its own), and the default route leaves "
                     "by {}",
                     vip.interface, out->name),
         fmt::format("sysctl -w {}=2, and {}=2 where that is 1", interface_sysctl(vip.interface, "rp_filter"),
                     interface_sysctl("all", "rp_filter")),
         vip.origin});
  }
}

std::string device_name(const Facts& facts, const Route& route) {
  const LinkEvent* link = facts.link(route.interface_index);
  return link == nullptr ? fmt::format("device {}", route.interface_index) : link->name;
}

void check_link(const Facts& facts, const DirectedService& service, const Target& target, Findings& findings) {
  const auto route = facts.routes.find(target.address);
  if (route == facts.routes.end()) return;
  const std::string member = target.address.text();
  if (!route->second) {
    findings.push_back({Severity::broken, fmt::format("there is no way to the real server {}", member),
                        fmt::format("ip route get {} says unreachable; {} goes there by {}", member, service.key.text(),
                                    text_of(target.value.forwarding)),
                        "add the route, or bring up the device that leads there", target.origin});
    return;
  }
  if (target.value.forwarding != Forwarding::dr || !route->second->gateway) return;
  findings.push_back({Severity::broken,
                      fmt::format("DR member {} is not on this director's link: it gets no packets", member),
                      fmt::format("ip route get {} goes via {} dev {}; DR only writes the frame's address, and the "
                                  "router there has the VIP's packet back",
                                  member, route->second->gateway->text(), device_name(facts, *route->second)),
                      "give the director a leg in the member's network, or reach it by TUN (or NAT)", target.origin});
}

std::uint32_t overhead_of(const Target& target) {
  constexpr std::uint32_t ipv4 = 20;
  constexpr std::uint32_t ipv6 = 40;
  constexpr std::uint32_t gre = 4;
  constexpr std::uint32_t udp_and_gue = 12;
  const Tunnel& tunnel = target.value.tunnel;
  std::uint32_t bytes = target.address.is_ipv4() ? ipv4 : ipv6;
  if (tunnel.type == TunnelType::gre) bytes += tunnel.checksum == TunnelChecksum::none ? gre : 2 * gre;
  if (tunnel.type == TunnelType::gue) bytes += udp_and_gue;
  return bytes;
}

void check_mtu(const Facts& facts, const Part& part, const DirectedService& service, const Target& target,
               Findings& findings) {
  const auto route = facts.routes.find(target.address);
  if (target.value.forwarding != Forwarding::tun || route == facts.routes.end() || !route->second) return;
  const LinkEvent* link = facts.link(route->second->interface_index);
  if (link == nullptr || link->mtu == 0 || route->second->local) return;
  std::uint32_t clients = usual_mtu;
  for (const Vip& vip : part.vips) {
    const LinkEvent* front = facts.link(vip.interface);
    if (vip.address == service.key.address && front != nullptr) clients = std::min(clients, front->mtu);
  }
  const std::uint32_t mtu = route->second->mtu != 0 ? route->second->mtu : link->mtu;
  const std::uint32_t needed = clients + overhead_of(target);
  if (mtu >= needed) return;
  findings.push_back(
      {Severity::at_risk,
       fmt::format("the MTU on the way to TUN member {} is too small: large requests hang where ICMP is filtered",
                   target.address.text()),
       fmt::format("the way by {} takes {} bytes, a client's packet may have {} and the tunnel adds {}", link->name,
                   mtu, clients, overhead_of(target)),
       fmt::format(
           "ip link set {} mtu {}, and likewise on all of the way; where that cannot be, let real servers "
           "announce less (ip route change default via GATEWAY advmss {}) and ICMP \"fragmentation needed\" pass",
           link->name, needed, mtu - overhead_of(target) - 40),
       target.origin});
}

/// A director that has a service and does not hold its VIP gets packets for it from the MASTER, as a member: it would
/// send them on, and back.
void check_own_member(const Facts& facts, Findings& findings) {
  if (!facts.table) return;
  for (const ObservedDestination& each : facts.table->destinations) {
    const bool passes_on = each.value.forwarding == Forwarding::dr || each.value.forwarding == Forwarding::tun ||
                           each.value.forwarding == Forwarding::local;
    const ServiceKey& service = each.key.service;
    if (!passes_on || service.is_fwmark() || !facts.is_local(each.key.address)) continue;
    const auto holders = facts.holders(service.address);
    const bool held = std::any_of(holders.begin(), holders.end(),
                                  [](const AddressEvent* holder) { return holder->key.interface != "lo"; });
    if (held) continue;
    findings.push_back(
        {Severity::broken,
         fmt::format("{} directs {} to itself, and does not hold the VIP: what the MASTER gives it goes "
                     "round in a circle",
                     each.key.address.text(), service.text()),
         fmt::format("the IPVS table has the destination {}, which is an address of this node, and {} is on "
                     "no device but lo",
                     endpoint_text(each.key.address, each.key.port), service.address.text()),
         "have IPVS hold that service only while this node is MASTER, as `ballast run` does; until then "
         "ipvsadm -D it here"});
  }
}

/// Evidence names the cause, so what has the same is told once, of the first member; and of many causes the first few.
Findings joined(const Findings& ways) {
  constexpr std::size_t most = 5;
  Findings told;
  std::map<std::string, std::size_t> times;
  for (const Finding& each : ways) {
    if (times[each.evidence]++ == 0) told.push_back(each);
  }
  for (Finding& each : told) {
    const std::size_t more = times[each.evidence] - 1;
    if (more != 0) each.evidence += fmt::format("; likewise of {} member{} more", more, more == 1 ? "" : "s");
  }
  if (told.size() > most) {
    told[most - 1].evidence += fmt::format("; {} findings more are like these", told.size() - most);
    told.resize(most);
  }
  return told;
}

}  // namespace

void check_director(const Facts& facts, const Part& part, Findings& findings) {
  if (!part.director) return;
  check_devices(facts, part, findings);
  check_forwarding(facts, part, findings);
  check_reverse_path(facts, part, findings);
  check_own_member(facts, findings);
  std::set<std::pair<IpAddress, Forwarding>> seen;
  Findings ways;
  for (const DirectedService& service : part.services) {
    for (const Target& target : service.targets) {
      if (!seen.emplace(target.address, target.value.forwarding).second) continue;
      if (facts.is_local(target.address)) continue;
      check_link(facts, service, target, ways);
      check_mtu(facts, part, service, target, ways);
    }
  }
  const Findings told = joined(ways);
  findings.insert(findings.end(), told.begin(), told.end());
}

}  // namespace ballast::doctor
