// VirtualService documents by themselves: what identifies them, which scheduler knows which flag, what persistence
// takes. How they fit their pool is in validate_service_pool.cpp.
#include <map>

#include "model/probe_path.hpp"
#include "model/validate_service.hpp"

namespace ballast {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

void check_address_service(Validation& validation, const VirtualService& service) {
  Report& report = validation.report;
  check_vip(validation, *service.address);
  if (service.family)
    report.add(service.family->origin, "'family' belongs to a fwmark service; the address says it here");
  if (validation.gaps.in(service.header)) return;
  if (!service.port) {
    report.add(service.header.origin,
               "missing field 'port'; with persistence, port: 0 means every port of the address");
  } else if (service.port->value == 0 && !service.persistence) {
    report.add(service.port->origin,
               "port must be 1..65535; 0 means every port, which only a service with 'persistence' can have");
  }
}

void check_identity(Validation& validation, const VirtualService& service) {
  Report& report = validation.report;
  if (service.address && service.fwmark) {
    report.add(service.fwmark->origin, "a service has either 'address' or 'fwmark'; remove one of them");
    return;
  }
  if (service.fwmark && service.fwmark->value >= first_probe_mark && service.fwmark->value <= last_probe_mark) {
    report.add(service.fwmark->origin,
               "the marks 0x62600000 to 0x626fffff are for checks 'via: vip'; take another one");
  }
  if (service.address) {
    check_address_service(validation, service);
    return;
  }
  if (!service.fwmark) {
    if (!validation.gaps.in(service.header)) {
      report.add(service.header.origin, "missing field 'address' (or 'fwmark' instead of it)");
    }
    return;
  }
  if (service.port)
    report.add(service.port->origin, "a fwmark service takes the ports its mark was set on; remove 'port'");
  if (service.protocol) {
    report.add(service.protocol->origin, "a fwmark service takes the protocols its mark was set on; remove 'protocol'");
  }
}

std::string_view flag_text(SchedulerFlag flag) {
  switch (flag) {
    case SchedulerFlag::sh_port:
      return "sh-port";
    case SchedulerFlag::sh_fallback:
      return "sh-fallback";
    case SchedulerFlag::mh_port:
      return "mh-port";
    case SchedulerFlag::mh_fallback:
      return "mh-fallback";
    case SchedulerFlag::ops:
      break;
  }
  return "ops";
}

void check_flags(Validation& validation, const VirtualService& service) {
  std::map<SchedulerFlag, const Origin*> seen;
  for (const auto& flag : service.scheduler_flags) {
    const auto [first, added] = seen.emplace(flag.value, &flag.origin);
    if (!added)
      validation.report.add(flag.origin, cat(flag_text(flag.value), " is listed twice", first_at(*first->second)));
    const bool sh = flag.value == SchedulerFlag::sh_port || flag.value == SchedulerFlag::sh_fallback;
    const bool mh = flag.value == SchedulerFlag::mh_port || flag.value == SchedulerFlag::mh_fallback;
    if ((sh && service.scheduler.value != "sh") || (mh && service.scheduler.value != "mh")) {
      validation.report.add(flag.origin, cat(flag_text(flag.value), " needs scheduler: ", sh ? "sh" : "mh", ", not ",
                                             service.scheduler.value));
    }
    // ip_vs_add_service takes it for any service, the connection code for UDP only (ip_vs_new_conn).
    if (flag.value == SchedulerFlag::ops && service.address && protocol_of(service) != Protocol::udp) {
      validation.report.add(
          flag.origin, cat("ops (each datagram by itself) needs protocol: UDP, not ", text_of(protocol_of(service))));
    }
  }
}

void check_persistence(Validation& validation, const VirtualService& service) {
  if (!service.persistence) return;
  const Persistence& persistence = *service.persistence;
  if (persistence.timeout.value % seconds(1) != milliseconds(0)) {
    validation.report.add(persistence.timeout.origin, "persistence timeout must be whole seconds");
  }
  const auto family = family_of(service);
  if (persistence.granularity && family && persistence.granularity_family != *family) {
    validation.report.add(persistence.granularity->origin,
                          *family == Family::ipv4 ? "granularity of an IPv4 service is a netmask, like 255.255.255.0"
                                                  : "granularity of an IPv6 service is a prefix length, 1..128");
  }
  if (persistence.engine && service.address && protocol_of(service) != Protocol::udp) {
    validation.report.add(persistence.engine->origin, cat("engine ", persistence.engine->value,
                                                          " needs protocol: UDP, not ", text_of(protocol_of(service))));
  }
}

/// Somebody must program the service: its own nodes, or those that hold its address.
void check_directors(Validation& validation, const VirtualService& service) {
  check_nodes(validation, service.nodes);
  if (!service.nodes.empty() || validation.gaps.in(service.header)) return;
  if (service.fwmark && !service.address) {
    validation.report.add(service.header.origin, "missing field 'nodes': a fwmark service has no address to follow");
    return;
  }
  if (!service.address || validation.holders.contains(service.address->value)) return;
  if (validation.gaps.in_kind("VirtualRouter") || validation.gaps.in_kind("Address")) return;
  validation.report.add(service.address->origin,
                        cat("no node serves ", service.address->value.text(),
                            ": write 'nodes' here, or a VirtualRouter or Address that holds the address"));
}

/// Two services may have one key only where no node programs both.
void check_keys(Validation& validation) {
  std::map<ServiceKey, std::vector<const VirtualService*>> by_key;
  for (const VirtualService& service : validation.manifest.virtual_services) {
    if (const auto key = key_of(service)) by_key[*key].push_back(&service);
  }
  for (const auto& [key, services] : by_key) {
    if (services.size() < 2) continue;
    std::unordered_map<std::string_view, const VirtualService*> seen;
    for (const VirtualService* service : services) {
      for (const std::string_view node : nodes_of(validation, *service)) {
        const auto [first, added] = seen.emplace(node, service);
        if (added || first->second == service) continue;
        const Origin& origin = service->address ? service->address->origin : service->fwmark->origin;
        const VirtualService& other = *first->second;
        validation.report.add(origin, cat(key.text(), " is also served by ", object_of(other.header.origin),
                                          " on node '", node, "'", first_at(other.header.origin)));
        break;
      }
    }
  }
}

}  // namespace

std::vector<std::string_view> nodes_of(const Validation& validation, const VirtualService& service) {
  std::vector<std::string_view> nodes;
  for (const auto& node : service.nodes) nodes.push_back(node.value);
  if (!nodes.empty() || !service.address) return nodes;
  const auto holders = validation.holders.find(service.address->value);
  if (holders == validation.holders.end()) return nodes;
  for (const Holder& holder : holders->second) nodes.insert(nodes.end(), holder.nodes.begin(), holder.nodes.end());
  return nodes;
}

Protocol protocol_of(const VirtualService& service) {
  return service.protocol ? service.protocol->value : Protocol::tcp;
}

std::optional<Family> family_of(const VirtualService& service) {
  if (service.address) return service.address->value.family();
  if (service.fwmark) return service.family ? service.family->value : Family::ipv4;
  return std::nullopt;
}

std::optional<ServiceKey> key_of(const VirtualService& service) {
  if (service.address && service.fwmark) return std::nullopt;
  if (service.fwmark) return ServiceKey::of_fwmark(*family_of(service), service.fwmark->value);
  if (!service.address || !service.port) return std::nullopt;
  return ServiceKey{service.address->value, protocol_of(service), service.port->value, 0};
}

void validate_services(Validation& validation) {
  for (const VirtualService& service : validation.manifest.virtual_services) {
    if (validation.report.full()) return;
    check_identity(validation, service);
    check_flags(validation, service);
    check_persistence(validation, service);
    check_directors(validation, service);
    check_service_pool(validation, service);
    check_notify(validation, service.notify, service.header);
  }
  check_keys(validation);
}

}  // namespace ballast
