#include "controller/report/observed_manifest.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "controller/report/fields.hpp"
#include "controller/report/service_name.hpp"
#include "model/limits.hpp"
#include "model/manifest.hpp"

namespace ballast {
namespace {

using json = nlohmann::ordered_json;

json document(const std::string& kind, const std::string& name, json spec) {
  return {{"apiVersion", "ballast/v1"}, {"kind", kind}, {"metadata", {{"name", name}}}, {"spec", std::move(spec)}};
}

json tunnel_json(const Tunnel& tunnel) {
  json object = {{"type", text_of(tunnel.type)}};
  if (tunnel.port != 0) object["port"] = tunnel.port;
  if (tunnel.checksum != TunnelChecksum::none) object["checksum"] = text_of(tunnel.checksum);
  return object;
}

class Documents {
 public:
  Documents(const Observation& observed, const Ownership& owned, std::string node)
      : observed_(observed), owned_(owned), node_(std::move(node)), nodes_(json::array({node_})) {}

  ObservedManifest make() {
    add_timeouts();
    add_daemons();
    for (const auto& [key, entry] : observed_.state.services) add_service(key, entry.value);
    add_addresses();
    add_sysctls();
    return std::move(result_);
  }

 private:
  void add(const std::string& kind, const std::string& name, json spec) {
    result_.documents.push_back(document(kind, name, std::move(spec)));
  }

  std::string own_name(const std::string& what) const { return node_ + "-" + what; }

  void add_timeouts() {
    if (observed_.state.timeouts.empty()) return;
    json timeouts = json::object();
    for (const auto& [timer, entry] : observed_.state.timeouts) {
      timeouts[std::string(text_of(timer))] = fmt::format("{}s", entry.value);
    }
    add("Director", own_name("ipvs"), {{"nodes", nodes_}, {"timeouts", timeouts}});
  }

  /// The kernel knows no VirtualRouters: what runs is said by its role.
  void add_daemons() {
    constexpr int header_bytes = 28;  // IPv4 and UDP
    constexpr int usual_mtu = 1500;
    for (const auto& [role, entry] : observed_.state.daemons) {
      const SyncDaemon& value = entry.value;
      json spec = {{"role", text_of(role)}, {"interface", value.interface}, {"syncId", value.sync_id}};
      if (value.max_length != usual_mtu - header_bytes) spec["maxLength"] = value.max_length;
      if (value.group.text() != sync_group) spec["group"] = value.group.text();
      if (value.port != sync_port) spec["port"] = value.port;
      if (value.ttl != 1) spec["ttl"] = value.ttl;
      add("Director", own_name("sync-" + std::string(text_of(role))), {{"nodes", nodes_}, {"syncDaemon", spec}});
    }
  }

  /// What another tool gave a service and no manifest can say; empty: nothing.
  static std::string unsayable(const ServiceKey& key, const Service& value) {
    if (!is_scheduler(value.scheduler)) return fmt::format("scheduler '{}'", value.scheduler);
    const bool calls = value.persistence_engine == "sip" && (key.is_fwmark() || key.protocol == Protocol::udp);
    if (!value.persistence_engine.empty() && !calls) {
      return fmt::format("persistence engine '{}' of {}", value.persistence_engine, text_of(key.protocol));
    }
    return {};
  }

  void add_service(const ServiceKey& key, const Service& value) {
    if (const std::string what = unsayable(key, value); !what.empty()) {
      result_.omitted.push_back(fmt::format("service {}: {}", key.text(), what));
      return;
    }
    const std::string name = service_name(key);
    json spec = json::object();
    if (key.is_fwmark()) {
      spec["fwmark"] = key.fwmark;
      if (key.family() == Family::ipv6) spec["family"] = "IPv6";
    } else {
      spec["address"] = key.address.text();
      spec["port"] = key.port;
      spec["protocol"] = text_of(key.protocol);
    }
    spec["scheduler"] = value.scheduler;
    add_flags(key, value, spec);
    const Forwarding forwarding = add_pool(key, name);
    spec["forwarding"] = text_of(forwarding);
    if (value.persistent()) {
      json persistence = {{"timeout", fmt::format("{}s", value.persistence_seconds)}};
      if (value.granularity != host_granularity(key.family())) {
        if (key.family() == Family::ipv6) {
          persistence["granularity"] = value.granularity;
        } else {
          persistence["granularity"] = granularity_text(key.family(), value.granularity);
        }
      }
      if (!value.persistence_engine.empty()) persistence["engine"] = value.persistence_engine;
      spec["persistence"] = persistence;
    }
    add_packet_rules(key, spec);
    spec["pool"] = name;
    spec["nodes"] = nodes_;
    add("VirtualService", name, spec);
  }

  void add_packet_rules(const ServiceKey& key, json& spec) const {
    const auto found = observed_.state.packet_rules.find(key);
    if (found == observed_.state.packet_rules.end()) return;
    const PacketRules& rules = found->second.value;
    if (rules.source_nat) spec["sourceNat"] = true;
    if (rules.syn_proxy) {
      spec["synProxy"] = {{"mss", rules.syn_proxy->mss}, {"windowScale", rules.syn_proxy->window_scale}};
    }
  }

  void add_flags(const ServiceKey& key, const Service& value, json& spec) {
    json words = json::array();
    for (const std::string& word : flag_words(value)) {
      if (word.starts_with("flag ")) {
        result_.omitted.push_back(fmt::format("service {}: scheduler {} with {}", key.text(), value.scheduler, word));
      } else {
        words.push_back(word);
      }
    }
    if (!words.empty()) spec["schedulerFlags"] = words;
  }

  /// The service's forwarding method: that of its first destination.
  Forwarding add_pool(const ServiceKey& key, const std::string& name) {
    const auto& destinations = observed_.state.destinations;
    const auto first = destinations.lower_bound({key, {}, 0});
    const bool any = first != destinations.end() && first->first.service == key;
    const Forwarding usual = any ? first->second.value.forwarding : Forwarding::nat;
    json members = json::array();
    for (auto i = first; i != destinations.end() && i->first.service == key; ++i) {
      add_member(i->first, i->second.value, usual, members);
    }
    add("Pool", name, {{"members", members}});
    return usual;
  }

  void add_member(const DestinationKey& key, const Destination& value, Forwarding usual, json& members) {
    const bool rewrites = value.forwarding == Forwarding::nat;
    if (value.forwarding == Forwarding::bypass || value.forwarding == Forwarding::local) {
      result_.omitted.push_back(fmt::format("destination {} of {}: forwarding '{}'",
                                            endpoint_text(key.address, key.port), key.service.text(),
                                            text_of(value.forwarding)));
      return;
    }
    if (!rewrites && key.port != key.service.port) {
      result_.omitted.push_back(fmt::format("destination {} of {}: {} cannot change the port",
                                            endpoint_text(key.address, key.port), key.service.text(),
                                            text_of(value.forwarding)));
      return;
    }
    if (value.weight > highest_weight) {
      result_.omitted.push_back(fmt::format("destination {} of {}: weight {}", endpoint_text(key.address, key.port),
                                            key.service.text(), value.weight));
      return;
    }
    json member = {{"address", key.address.text()}};
    if (rewrites && key.port != key.service.port) member["port"] = key.port;
    member["weight"] = value.weight;
    if (value.upper_threshold != 0) member["upperThreshold"] = value.upper_threshold;
    if (value.lower_threshold != 0) member["lowerThreshold"] = value.lower_threshold;
    if (value.forwarding != usual) member["forwarding"] = text_of(value.forwarding);
    if (value.forwarding == Forwarding::tun && value.tunnel != Tunnel{}) member["tunnel"] = tunnel_json(value.tunnel);
    members.push_back(member);
  }

  bool is_service_address(const IpAddress& address) const {
    const auto& services = observed_.state.services;
    return std::any_of(services.begin(), services.end(), [&](const auto& service) {
      return !service.first.is_fwmark() && service.first.address == address;
    });
  }

  bool has_sysctl(const SysctlKey& key, const char* value) const {
    const auto found = observed_.state.sysctls.find(key);
    return found != observed_.state.sysctls.end() && found->second.value == value;
  }

  /// Whether everything that a RealServer document implies is in force, so that applying one changes nothing.
  bool answers_quietly(const std::vector<std::string>& tunnels) const {
    bool all = true;
    for (const auto& [key, entry] : real_server_sysctls().sysctls) {
      if (key.ends_with("rp_filter")) continue;
      all = all && has_sysctl(key, entry.value.c_str());
    }
    for (const std::string& device : tunnels) {
      if (!carries_ipv4(device)) continue;
      all = all && has_sysctl("net.ipv4.conf.all.rp_filter", "0") &&
            has_sysctl("net.ipv4.conf." + device + ".rp_filter", "0");
    }
    return all;
  }

  void add_addresses() {
    std::vector<AddressKey> on_loopback;
    for (const auto& [key, entry] : observed_.state.addresses) {
      const IpAddress& address = key.prefix.address;
      if (address.is_loopback()) continue;
      const AddressFacts& facts = observed_.address_facts.at(key);
      const bool ours = owned_.addresses.contains(key) || facts.protocol == address_protocol;
      if (ours && facts.finite) {
        result_.omitted.push_back(fmt::format("address {}: held by VRRP; it belongs to a VirtualRouter", key.text()));
        continue;
      }
      if (address.is_link_local() && !ours && !is_service_address(address)) continue;
      const bool host_on_lo = key.interface == "lo" && key.prefix.length == address.bits();
      const bool quiet_scope = !address.is_ipv4() || entry.value.scope == Scope::host;
      if (host_on_lo && quiet_scope && entry.value.label.empty()) {
        on_loopback.push_back(key);
      } else if (ours || host_on_lo || is_service_address(address)) {
        add_address(key, entry.value);
      }
    }
    add_real_server(on_loopback);
  }

  void add_address(const AddressKey& key, const Address& value) {
    json spec = {{"nodes", nodes_}, {"interface", key.interface}, {"address", key.prefix.text()}};
    const Scope usual = key.interface == "lo" ? Scope::host : Scope::global;
    if (key.prefix.address.is_ipv4() && value.scope != usual) spec["scope"] = text_of(value.scope);
    if (!value.label.empty()) spec["label"] = value.label;
    std::string name = own_name(key.interface + "-" + key.prefix.text());
    for (char& c : name) {
      if (c == '/' || c == ':' || c == '@') c = '-';
    }
    add("Address", name, spec);
  }

  void add_real_server(const std::vector<AddressKey>& on_loopback) {
    std::vector<std::string> tunnels;
    for (const std::string_view device : tunnel_devices) {
      const auto found = observed_.state.links.find(std::string(device));
      if (found != observed_.state.links.end() && found->second.value.up) tunnels.emplace_back(device);
    }
    if (on_loopback.empty()) return;
    if (!answers_quietly(tunnels)) {
      for (const AddressKey& key : on_loopback) add_address(key, {Scope::host, {}});
      return;
    }
    json addresses = json::array();
    for (const AddressKey& key : on_loopback) addresses.push_back(key.prefix.address.text());
    json spec = {{"nodes", nodes_}, {"addresses", addresses}};
    if (!tunnels.empty()) spec["tunnels"] = tunnels;
    add("RealServer", own_name("vips"), spec);
  }

  void add_sysctls() {
    json values = json::object();
    for (const auto& [key, former] : owned_.former_sysctls) {
      const auto found = observed_.state.sysctls.find(key);
      if (found != observed_.state.sysctls.end()) values[key] = found->second.value;
    }
    if (!values.empty()) add("Sysctl", own_name("sysctls"), {{"nodes", nodes_}, {"values", values}});
  }

  const Observation& observed_;
  const Ownership& owned_;
  std::string node_;
  json nodes_;
  ObservedManifest result_;
};

}  // namespace

State real_server_sysctls() {
  State state;
  for (const std::string interface : {"all", "lo"}) {
    state.sysctls.emplace("net.ipv4.conf." + interface + ".arp_ignore", Entry<SysctlValue>{"1", {}});
    state.sysctls.emplace("net.ipv4.conf." + interface + ".arp_announce", Entry<SysctlValue>{"2", {}});
  }
  state.sysctls.emplace("net.ipv4.conf.all.rp_filter", Entry<SysctlValue>{"0", {}});
  for (const std::string_view device : tunnel_devices) {
    state.sysctls.emplace("net.ipv4.conf." + std::string(device) + ".rp_filter", Entry<SysctlValue>{"0", {}});
  }
  return state;
}

ObservedManifest observed_manifest(const Observation& observed, const Ownership& owned, const std::string& node) {
  return Documents(observed, owned, node).make();
}

}  // namespace ballast
