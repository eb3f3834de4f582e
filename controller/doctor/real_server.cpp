// Findings about a machine that answers for VIPs that others hold.
#include <algorithm>

#include <fmt/format.h>

#include "controller/doctor/checks.hpp"

namespace ballast::doctor {
namespace {

constexpr long strict = 1;

bool is_host(const Prefix& prefix) {
  return prefix.length == prefix.address.bits();
}

/// Whether this node holds it as a director does, on the device where clients ask for it.
bool holds_as_director(const Part& part, const AddressEvent& holder) {
  return std::any_of(part.vips.begin(), part.vips.end(), [&](const Vip& vip) {
    return vip.address == holder.key.prefix.address && vip.interface == holder.key.interface;
  });
}

void check_vip(const Facts& facts, const Part& part, const IpAddress& vip, const Origin& origin, Findings& findings) {
  const std::string text = vip.text();
  const std::string host = fmt::format("{}/{}", text, vip.bits());
  bool on_loopback = false;
  const AddressEvent* elsewhere = nullptr;
  for (const AddressEvent* holder : facts.holders(vip)) {
    if (holder->key.interface == "lo") {
      on_loopback = true;
      if (is_host(holder->key.prefix)) continue;
      findings.push_back(
          {Severity::broken, fmt::format("this real server takes all of {} for its own", holder->key.prefix.text()),
           fmt::format("{} stands on lo, where each address of the prefix is local", holder->key.text()),
           fmt::format("ip addr add {} dev lo scope host && ip addr del {} dev lo", host, holder->key.prefix.text()),
           origin});
    } else if (holds_as_director(part, *holder)) {
      on_loopback = true;  // the MASTER, and so its packets come here for good
    } else {
      elsewhere = holder;
    }
  }
  if (elsewhere != nullptr) {
    findings.push_back({Severity::broken,
                        fmt::format("the VIP {} is on the wrong device: this real server answers ARP for it", text),
                        fmt::format("{}, and not on lo alone", elsewhere->key.text()),
                        fmt::format("ip addr add {} dev lo scope host; ip addr del {} dev {}", host,
                                    elsewhere->key.prefix.text(), elsewhere->key.interface),
                        origin});
  } else if (!on_loopback) {
    findings.push_back(
        {Severity::broken,
         fmt::format("this real server does not have the VIP {}: it drops what the director sends", text),
         fmt::format("no device has {} (ip addr show to {})", text, text),
         part.from_manifest && !origin.known()
             ? fmt::format("ip addr add {} dev lo scope host", host)
             : fmt::format("ballast apply, or ip addr add {} dev lo scope host; a RealServer document "
                           "keeps it",
                           host),
         origin});
  }
}

void check_arp(const Facts& facts, const Part& part, Findings& findings) {
  const auto vip = std::find_if(part.answers_for.begin(), part.answers_for.end(), [&](const auto& each) {
    const auto holders = facts.holders(each.first);
    return each.first.is_ipv4() && std::any_of(holders.begin(), holders.end(), [](const AddressEvent* holder) {
             return holder->key.interface == "lo";
           });
  });
  if (vip == part.answers_for.end()) return;
  std::vector<std::string> answering;
  std::vector<std::string> announcing;
  for (const LinkEvent& link : facts.links) {
    if (link.name == "lo" || !link.up || link.mac == MacAddress{}) continue;
    if (const auto ignore = facts.effective("arp_ignore", link.name); ignore && *ignore == 0) {
      answering.push_back(link.name);
    }
    if (const auto announce = facts.effective("arp_announce", link.name); announce && *announce < 2) {
      announcing.push_back(link.name);
    }
  }
  const std::string address = vip->first.text();
  if (!answering.empty()) {
    findings.push_back(
        {Severity::broken,
         fmt::format("this real server answers ARP for the VIP {}: clients may reach it instead of the "
                     "director",
                     address),
         fmt::format("arp_ignore of {} is 0 (the larger of all and its own)", fmt::join(answering, ", ")),
         "sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.lo.arp_ignore=1; a RealServer document "
         "keeps it",
         vip->second});
  }
  if (!announcing.empty()) {
    findings.push_back(
        {Severity::broken,
         fmt::format("this real server tells its neighbours that it is {} when it asks by ARP", address),
         fmt::format("arp_announce of {} is below 2 (the larger of all and its own)", fmt::join(announcing, ", ")),
         "sysctl -w net.ipv4.conf.all.arp_announce=2 net.ipv4.conf.lo.arp_announce=2; a RealServer "
         "document keeps it",
         vip->second});
  }
}

std::string_view module_of(std::string_view device) {
  if (device == "tunl0") return "ipip";
  if (device == "gre0") return "ip_gre";
  if (device == "ip6tnl0") return "ip6_tunnel";
  return device == "sit0" ? "sit" : "ip6_gre";
}

/// A tunnel device is up where it is administratively so: it has no carrier to lose.
void check_tunnels(const Facts& facts, const Part& part, Findings& findings) {
  for (const auto& [device, entry] : part.tunnels) {
    const LinkEvent* link = facts.link(device);
    if (link == nullptr || !link->up) {
      findings.push_back({Severity::broken,
                          fmt::format("the tunnel device {} is {}: packets of TUN are not taken out of their tunnel",
                                      device, link == nullptr ? "missing" : "down"),
                          link == nullptr ? fmt::format("there is no device {}", device)
                                          : fmt::format("{} is there, and not up", device),
                          fmt::format("ballast apply, or modprobe {} && ip link set {} up", module_of(device), device),
                          entry.origin});
      continue;
    }
    if (!carries_ipv4(device) || facts.effective("rp_filter", device).value_or(0) != strict) continue;
    findings.push_back({Severity::broken,
                        fmt::format("what comes out of {} is dropped: the way back to the client is another", device),
                        fmt::format("rp_filter of {} is 1 (the larger of all and its own)", device),
                        fmt::format("sysctl -w {}=0 {}=0; a RealServer document keeps it",
                                    interface_sysctl("all", "rp_filter"), interface_sysctl(device, "rp_filter")),
                        entry.origin});
  }
}

}  // namespace

void check_real_server(const Facts& facts, const Part& part, Findings& findings) {
  for (const auto& [vip, origin] : part.answers_for) check_vip(facts, part, vip, origin, findings);
  check_arp(facts, part, findings);
  check_tunnels(facts, part, findings);
}

}  // namespace ballast::doctor
