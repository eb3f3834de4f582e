// Connection synchronisation of directors: whose role it follows, and that no node runs two of a kind.
#include <algorithm>
#include <map>

#include "model/validate_rules.hpp"
#include "model/validate_service.hpp"

namespace ballast {
namespace {

/// The router whose role decides exists and names each of the Director's nodes: elsewhere it has no role.
void check_router(Validation& validation, const Director& director, const Located<std::string>& name) {
  if (validation.gaps.in_kind("VirtualRouter")) return;
  const auto& groups = validation.manifest.virtual_routers;
  const auto group = std::find_if(groups.begin(), groups.end(),
                                  [&](const VirtualRouter& each) { return each.header.name == name.value; });
  if (group == groups.end()) {
    std::vector<std::string_view> known;
    for (const VirtualRouter& each : groups) known.emplace_back(each.header.name);
    validation.report.add(name.origin,
                          cat("there is no VirtualRouter '", name.value, "'", suggestion(name.value, known)));
    return;
  }
  for (const auto& node : director.nodes) {
    if (find_router(*group, node.value) != nullptr) continue;
    validation.report.add(name.origin, cat("VirtualRouter '", name.value, "' does not name node '", node.value,
                                           "', which then never is its MASTER; add it there or remove it here"));
  }
}

void check_values(Validation& validation, const SyncDaemonSpec& daemon) {
  Report& report = validation.report;
  if (daemon.group && !daemon.group->value.is_multicast()) {
    report.add(daemon.group->origin,
               cat("group ", daemon.group->value.text(), " is no multicast address; the default is ", sync_group));
  }
  constexpr int longest_with_ipv6 = 65535 - 48;  // the headers of IPv6 and UDP
  if (daemon.group && !daemon.group->value.is_ipv4() && daemon.max_length &&
      daemon.max_length->value > longest_with_ipv6) {
    report.add(daemon.max_length->origin, cat("maxLength is ", longest_with_ipv6, " at most with an IPv6 group"));
  }
}

void check_one(Validation& validation, const Director& director, const SyncDaemonSpec& daemon) {
  if (daemon.router && daemon.role) {
    validation.report.add(daemon.role->origin, "a syncDaemon has 'router' or 'role', not both; remove one of them");
  } else if (daemon.router) {
    check_router(validation, director, *daemon.router);
  } else if (!daemon.role && !validation.gaps.in(director.header)) {
    validation.report.add(daemon.origin,
                          "a syncDaemon needs 'router', whose role it follows, or 'role', master or backup");
  }
  check_values(validation, daemon);
}

bool has_family(const PoolDigest::Class& members, Family family) {
  return family == Family::ipv4 ? members.ipv4 : members.ipv6;
}

/// IPv6 services with IPv4 members and the other way round: only a tunnel leads to such.
bool is_mixed(const Validation& validation, const VirtualService& service) {
  const auto family = family_of(service);
  const auto digest = validation.pools.find(service.pool.value);
  if (!family || digest == validation.pools.end()) return false;
  const Family other = *family == Family::ipv4 ? Family::ipv6 : Family::ipv4;
  const bool inherits = service.forwarding.value == Forwarding::tun;
  return has_family(digest->second.tun, other) || (inherits && has_family(digest->second.inherit, other));
}

/// By node, the first such service.
std::map<std::string_view, const VirtualService*> mixed_services(const Validation& validation) {
  std::map<std::string_view, const VirtualService*> mixed;
  for (const VirtualService& service : validation.manifest.virtual_services) {
    if (!is_mixed(validation, service)) continue;
    for (const std::string_view node : nodes_of(validation, service)) mixed.emplace(node, &service);
  }
  return mixed;
}

/// net/netfilter/ipvs/ip_vs_ctl.c, ip_vs_genl_new_daemon: EINVAL where there is any destination of another family.
void check_families(Validation& validation, const Director& director,
                    const std::map<std::string_view, const VirtualService*>& mixed) {
  for (const auto& node : director.nodes) {
    const auto found = mixed.find(node.value);
    if (found == mixed.end()) continue;
    const Origin& origin = found->second->header.origin;
    validation.report.add(
        director.sync_daemon->origin,
        cat("node '", node.value, "' has a service whose members are of the other address family, ", object_of(origin),
            ", and the kernel synchronises no connections then", first_at(origin)));
    return;
  }
}

}  // namespace

void validate_sync_daemons(Validation& validation) {
  using Place = std::pair<std::string_view, DaemonRole>;
  std::map<Place, const Origin*> seen;
  const auto mixed = mixed_services(validation);
  for (const Director& director : validation.manifest.directors) {
    if (!director.sync_daemon) continue;
    const SyncDaemonSpec& daemon = *director.sync_daemon;
    check_one(validation, director, daemon);
    check_families(validation, director, mixed);
    std::vector<DaemonRole> roles{DaemonRole::master, DaemonRole::backup};
    if (!daemon.router && daemon.role) roles = {daemon.role->value};
    const auto is_taken = [&](const Located<std::string>& node) {
      for (const DaemonRole role : roles) {
        const auto [first, added] = seen.emplace(Place{node.value, role}, &daemon.origin);
        if (added || first->second == &daemon.origin) continue;
        validation.report.add(daemon.origin, cat("node '", node.value, "' has a sync daemon as ", text_of(role),
                                                 " already, and the kernel runs one", first_at(*first->second)));
        return true;
      }
      return false;
    };
    static_cast<void>(std::any_of(director.nodes.begin(), director.nodes.end(), is_taken));
  }
}

}  // namespace ballast
