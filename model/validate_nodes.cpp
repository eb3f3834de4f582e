// What machines shall look like: RealServer, Director and Sysctl documents, and that no two of them contradict each
// other on one node.
#include <algorithm>
#include <map>

#include "model/validate_rules.hpp"

namespace ballast {

namespace {

void check_real_server(Validation& validation, const RealServer& server) {
  check_nodes(validation, server.nodes);
  for (const auto& address : server.addresses) check_vip(validation, address);
  if (server.pools.empty() && server.addresses.empty()) {
    if (validation.gaps.in(server.header)) return;
    validation.report.add(server.header.origin, "a RealServer needs 'pools' or 'addresses', to know its VIPs");
    return;
  }
  bool found = server.pools.empty();
  bool unsure = validation.gaps.documents || validation.gaps.in(server.header);
  std::unordered_map<std::string_view, const Origin*> seen;
  for (const auto& pool : server.pools) {
    const auto [first, added] = seen.emplace(pool.value, &pool.origin);
    if (!added)
      validation.report.add(pool.origin, cat("pool '", pool.value, "' is listed twice", first_at(*first->second)));
    const PoolDigest* digest = find_pool(validation, pool);
    if (digest == nullptr || digest->serves_incomplete) unsure = true;
    if (digest != nullptr && digest->serves_vip) found = true;
    if (digest != nullptr && !digest->unreceivable.empty()) validation.report.add(pool.origin, digest->unreceivable);
  }
  if (found || unsure || !server.addresses.empty()) return;
  validation.report.add(server.pools.front().origin,
                        "no service with an address uses these pools through DR or TUN, so no VIP follows from them; "
                        "write 'addresses'");
}

/// Who has said what about one sysctl or timer.
struct Setting {
  const NodeList* nodes;
  std::string_view value;
  Origin origin;
};

using Settings = std::map<std::string_view, std::vector<Setting>>;

/// Services whose packets the packet filter changes want a parameter by themselves: nobody may want it otherwise.
void check_ipvs_conntrack(Validation& validation, const Settings& settings) {
  const auto found = settings.find(ipvs_conntrack);
  if (found == settings.end()) return;
  std::map<std::string_view, const VirtualService*> wanting;
  for (const VirtualService& service : validation.manifest.virtual_services) {
    if (!has_packet_rules(service)) continue;
    for (const std::string_view node : nodes_of(validation, service)) wanting.emplace(node, &service);
  }
  for (const Setting& setting : found->second) {
    if (setting.value == "1") continue;
    const auto& nodes = *setting.nodes;
    const auto node =
        std::find_if(nodes.begin(), nodes.end(), [&](const auto& each) { return wanting.contains(each.value); });
    if (node == nodes.end()) continue;
    const VirtualService& service = *wanting.at(node->value);
    const bool source_nat = service.source_nat.value;
    const Origin& origin = source_nat ? service.source_nat.origin : service.syn_proxy->origin;
    validation.report.add(setting.origin,
                          cat(ipvs_conntrack, " is ", shown(setting.value), " here but must be 1 for '",
                              source_nat ? "sourceNat" : "synProxy", "' of ", object_of(service.header.origin),
                              " on node '", node->value, "'", first_at(origin)));
  }
}

/// Complains where two documents want different values on one node.
void check_contradictions(Validation& validation, std::string_view name, const std::vector<Setting>& settings) {
  std::unordered_map<std::string_view, const Setting*> seen;
  for (const Setting& setting : settings) {
    for (const auto& node : *setting.nodes) {
      const auto [first, added] = seen.emplace(node.value, &setting);
      if (added || first->second->value == setting.value) continue;
      validation.report.add(setting.origin, cat(name, " is ", shown(setting.value), " here but ",
                                                shown(first->second->value), " in ", object_of(first->second->origin),
                                                ", both on node '", node.value, "'", first_at(first->second->origin)));
      break;
    }
  }
}

void collect(Settings& settings, const NodeList& nodes, const std::vector<SysctlSetting>& sysctls) {
  for (const SysctlSetting& sysctl : sysctls) {
    settings[sysctl.name.value].push_back({&nodes, sysctl.value.value, sysctl.name.origin});
  }
}

void check_all(Validation& validation, const Settings& settings) {
  for (const auto& [name, each] : settings) {
    if (validation.report.full()) return;
    if (each.size() > 1) check_contradictions(validation, name, each);
  }
}

void check_timeouts(Validation& validation) {
  Settings settings;
  std::deque<std::string> texts;  // behind Setting::value
  for (const Director& director : validation.manifest.directors) {
    for (const auto& [timer, value] : director.timeouts) {
      if (value.value % std::chrono::seconds(1) != std::chrono::milliseconds(0)) {
        validation.report.add(value.origin, cat("timeout ", text_of(timer), " must be whole seconds"));
        continue;
      }
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(value.value).count();
      settings[text_of(timer)].push_back({&director.nodes, texts.emplace_back(cat(seconds, "s")), value.origin});
    }
  }
  check_all(validation, settings);
}

}  // namespace

void validate_real_servers(Validation& validation) {
  for (const RealServer& server : validation.manifest.real_servers) check_real_server(validation, server);
}

void validate_node_settings(Validation& validation) {
  Settings settings;
  for (const Director& director : validation.manifest.directors) {
    check_nodes(validation, director.nodes);
    const NodeNotify& notify = director.notify;
    const bool notifies = notify.script || notify.webhook || notify.email;
    check_notify(validation, notify, director.header);
    if (director.timeouts.empty() && director.sysctls.empty() && !director.sync_daemon && !notifies &&
        !validation.gaps.in(director.header)) {
      validation.report.add(director.header.origin, "a Director needs 'timeouts', 'sysctls', 'syncDaemon' or 'notify'");
    }
    collect(settings, director.nodes, director.sysctls);
  }
  for (const SysctlDocument& document : validation.manifest.sysctls) {
    check_nodes(validation, document.nodes);
    collect(settings, document.nodes, document.values);
  }
  check_all(validation, settings);
  check_ipvs_conntrack(validation, settings);
  check_timeouts(validation);
}

}  // namespace ballast
