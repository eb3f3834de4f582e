// Findings about others: programs that manage the same objects, and a packet filter that drops advertisements.
#include <algorithm>
#include <sstream>

#include <boost/algorithm/string/trim.hpp>
#include <fmt/format.h>
#include <fnmatch.h>

#include "controller/doctor/checks.hpp"

namespace ballast::doctor {
namespace {

const Process* find(const Facts& facts, std::string_view name) {
  if (!facts.processes) return nullptr;
  const auto found = std::find_if(facts.processes->begin(), facts.processes->end(),
                                  [&](const Process& each) { return each.name == name; });
  return found == facts.processes->end() ? nullptr : &*found;
}

std::string text_of(const Process& process) {
  constexpr std::size_t longest = 80;
  return fmt::format(
      "process {}: {}", process.pid,
      process.arguments.size() > longest ? process.arguments.substr(0, longest) + "..." : process.arguments);
}

void check_keepalived(const Facts& facts, Findings& findings) {
  if (const Process* process = find(facts, "keepalived")) {
    findings.push_back({Severity::broken, "keepalived runs beside Ballast: both would hold VIPs and write IPVS",
                        text_of(*process),
                        "carry its configuration over (ballast import keepalived), then systemctl disable --now "
                        "keepalived"});
  } else if (facts.keepalived_at_boot) {
    findings.push_back({Severity::at_risk, "keepalived starts at the next boot",
                        "/etc/systemd/system/multi-user.target.wants/keepalived.service and "
                        "/etc/keepalived/keepalived.conf are there",
                        "systemctl disable keepalived"});
  }
  if (const Process* process = find(facts, "ldirectord")) {
    findings.push_back({Severity::broken, "ldirectord runs beside Ballast: both would write IPVS", text_of(*process),
                        "systemctl disable --now ldirectord"});
  }
}

/// In its IPVS mode, and only in that, kube-proxy has this device.
void check_kube_proxy(const Facts& facts, Findings& findings) {
  const Process* process = find(facts, "kube-proxy");
  if (process == nullptr) return;
  const bool device = facts.link("kube-ipvs0") != nullptr;
  if (!device && process->arguments.find("ipvs") == std::string::npos) return;
  findings.push_back(
      {Severity::broken, "kube-proxy manages IPVS here: it deletes services that it does not know",
       text_of(*process) + (device ? "; its device kube-ipvs0 is there" : ""),
       "run kube-proxy with --proxy-mode iptables or nftables, or exclude the VIPs (ipvs.excludeCIDRs of its "
       "configuration)"});
}

/// Devices on which Ballast has VIPs.
std::set<std::string> vip_devices(const Part& part) {
  std::set<std::string> devices;
  for (const Vip& vip : part.vips) {
    if (!vip.interface.empty()) devices.insert(vip.interface);
  }
  if (!part.answers_for.empty()) devices.insert("lo");
  return devices;
}

void check_networkd(const Facts& facts, const Part& part, Findings& findings) {
  const Process* process = find(facts, "systemd-networkd");
  if (process == nullptr) return;
  const std::set<std::string> devices = vip_devices(part);
  for (const SourceText& source : facts.network_files) {
    const NetworkFile file = read_network_file(source);
    for (const std::string& text : file.addresses) {
      const auto prefix = Prefix::parse(text);
      if (!prefix || (!part.directs(prefix->address) && !part.answers_for.contains(prefix->address))) continue;
      findings.push_back({Severity::broken,
                          fmt::format("systemd-networkd sets the VIP {}, too", prefix->address.text()),
                          fmt::format("{} has Address={}; {}", file.name, text, text_of(*process)),
                          fmt::format("take it out of {}, then networkctl reload", file.name)});
    }
    if (file.keeps_addresses || !file.by_name_only) continue;
    const auto device = std::find_if(devices.begin(), devices.end(), [&](const std::string& each) {
      return std::any_of(file.devices.begin(), file.devices.end(),
                         [&](const std::string& pattern) { return fnmatch(pattern.c_str(), each.c_str(), 0) == 0; });
    });
    if (device == devices.end()) continue;
    findings.push_back(
        {Severity::at_risk, fmt::format("systemd-networkd takes VIPs off {} when it configures it anew", *device),
         fmt::format("{} matches {} and has no KeepConfiguration=; {}", file.name, *device, text_of(*process)),
         fmt::format("KeepConfiguration=static in [Network] of {}, then networkctl reload", file.name)});
  }
}

struct Direction {
  bool incoming;
  std::string_view what;
};

std::string remedy_of(const std::string& rule, const Group& group, bool incoming) {
  const std::string_view protocol = group.authentication_header ? "ah" : "vrrp";
  const std::string ip6 = group.family == Family::ipv6 ? "6" : "";
  if (rule.find("tables") == std::string::npos) {
    return fmt::format("let it pass in front of that: nft insert rule FAMILY TABLE CHAIN {} {} meta l4proto {} accept",
                       incoming ? "iifname" : "oifname", group.interface, protocol);
  }
  return fmt::format("ip{}tables -I {} {} {} -p {} -j ACCEPT", ip6, incoming ? "INPUT" : "OUTPUT",
                     incoming ? "-i" : "-o", group.interface, protocol);
}

void check_direction(const Facts& facts, const Group& group, const Direction& direction, Findings& findings) {
  Packet packet;
  packet.incoming = direction.incoming;
  packet.interface = group.interface;
  packet.family = group.family;
  packet.protocol = group.authentication_header ? vrrp::ah_protocol : vrrp::vrrp_protocol;
  if (!group.unicast) packet.destination = vrrp::multicast_group(group.family);
  if (direction.incoming && !group.peers.empty()) packet.source = group.peers.front();
  for (const Firewall& firewall : facts.firewalls) {
    const auto rule = dropped_by(firewall, packet);
    if (!rule) continue;
    findings.push_back({Severity::broken,
                        fmt::format("the firewall drops {} advertisements of {} (protocol {})", direction.what,
                                    group.name, packet.protocol),
                        *rule, remedy_of(*rule, group, direction.incoming), group.origin});
    return;
  }
}

}  // namespace

NetworkFile read_network_file(const SourceText& source) {
  NetworkFile file;
  file.name = source.name;
  std::string section;
  std::istringstream stream(source.text);
  for (std::string text; std::getline(stream, text);) {
    const std::string line = boost::algorithm::trim_copy(text);
    if (line.starts_with('#') || line.starts_with(';') || line.empty()) continue;
    if (line.front() == '[') {
      section = line;
      continue;
    }
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) continue;
    const std::string key = boost::algorithm::trim_copy(line.substr(0, equals));
    const std::string value = boost::algorithm::trim_copy(line.substr(equals + 1));
    if (section == "[Match]" && key == "Name") {
      std::istringstream words(value);
      for (std::string word; words >> word;) file.devices.push_back(word);
    } else if (section == "[Match]") {
      file.by_name_only = false;
    } else if (key == "Address" && (section == "[Network]" || section == "[Address]")) {
      file.addresses.push_back(value);
    } else if (section == "[Network]" && key == "KeepConfiguration") {
      file.keeps_addresses = value == "yes" || value == "static";
    }
  }
  return file;
}

void check_firewall(const Facts& facts, const Part& part, Findings& findings) {
  for (const Group& group : part.groups) {
    check_direction(facts, group, {true, "the other routers'"}, findings);
    check_direction(facts, group, {false, "this node's"}, findings);
  }
}

void check_others(const Facts& facts, const Part& part, Findings& findings) {
  // On a machine that Ballast has nothing to do with, whatever runs may run.
  if (!part.from_manifest && !facts.controller) return;
  if (part.director) {
    check_keepalived(facts, findings);
    check_kube_proxy(facts, findings);
  }
  check_networkd(facts, part, findings);
}

}  // namespace ballast::doctor
