// IPVS services and their destinations. Services are written first, all in one batch, then the destinations of those
// that are there; a service is removed together with its destinations.
#include <algorithm>
#include <cerrno>

#include "reconcilers/diff.hpp"
#include "reconcilers/kinds.hpp"

namespace ballast {
namespace {

/// errno as ip_vs_ctl.c means it: strerror's words ("no such process") would mislead.
std::string explain(Verb verb, const Service* value, int errnum) {
  switch (errnum) {
    case 0:  // most of them, of tens of thousands
      return {};
    case ENOENT: {
      const bool engine = value != nullptr && !value->persistence_engine.empty();
      const std::string scheduler = value != nullptr ? value->scheduler : "";
      return "the kernel has no scheduler '" + scheduler + "'" +
             (engine ? " or no persistence engine '" + value->persistence_engine + "'" : "") +
             "; load its module with \"modprobe ip_vs_" + scheduler + "\"" +
             (engine ? " and \"modprobe ip_vs_pe_" + value->persistence_engine + "\"" : "") + " (ENOENT)";
    }
    case ESRCH:
      return "no such service (ESRCH)";
    case EEXIST:
      return "such a service exists already (EEXIST)";
    case EPERM:
      return std::string(verb == Verb::remove ? "removing" : "writing") + " it needs CAP_NET_ADMIN (EPERM)";
    default:
      return errno_text(errnum);
  }
}

std::string explain_destination(int errnum) {
  switch (errnum) {
    case 0:
      return {};
    case ENOENT:
      return "no such destination (ENOENT)";
    case ESRCH:
      return "no such service (ESRCH)";
    case EEXIST:
      return "such a destination exists already (EEXIST)";
    case EINVAL:
      return "the kernel refuses it: the address is not one that this node can send to, or the forwarding method does "
             "not fit (EINVAL)";
    case EPERM:
      return "writing it needs CAP_NET_ADMIN (EPERM)";
    default:
      return errno_text(errnum);
  }
}

std::string_view doing(Verb verb, Kind kind) {
  const bool service = kind == Kind::service;
  switch (verb) {
    case Verb::add:
      return service ? "add service" : "add destination";
    case Verb::update:
      return service ? "change service" : "change destination";
    case Verb::remove:
      break;
  }
  return service ? "remove service" : "remove destination";
}

void apply_service_changes(const Plan& plan, Phase phase, Ipvs& ipvs, ApplyReport& report,
                           std::set<ServiceKey>& absent) {
  std::vector<IpvsWrite> writes;
  writes.reserve(plan.services.size());
  for (const auto& change : plan.services) {
    if (!belongs_to(change, phase)) continue;
    writes.push_back(ServiceWrite{change.verb, &change.key, change.after ? &*change.after : nullptr});
  }
  if (writes.empty()) return;
  const std::vector<int> errnums = ipvs.write(writes);
  count_writes(report, errnums, {ENOPROTOOPT});
  std::size_t i = 0;
  for (const auto& change : plan.services) {
    if (!belongs_to(change, phase)) continue;
    const int errnum = errnums[i++];
    const Service* value = change.after ? &*change.after : nullptr;
    if (errnum != 0 && change.verb == Verb::add && errnum != EEXIST) absent.insert(change.key);
    record(report, Kind::service, change, doing(change.verb, Kind::service), errnum,
           explain(change.verb, value, errnum));
  }
}

/// In the order in which they are written: who is to serve comes before others get weight 0, so that a service is never
/// without anybody in between.
std::vector<const Change<DestinationKey, Destination>*> ordered(const Changes<DestinationKey, Destination>& changes,
                                                                Phase phase) {
  const auto retires = [](const auto& change) { return change.after && change.after->weight == 0; };
  std::vector<const Change<DestinationKey, Destination>*> order;
  order.reserve(changes.size());
  for (const bool retiring : {false, true}) {
    for (const auto& change : changes) {
      if (belongs_to(change, phase) && retires(change) == retiring) order.push_back(&change);
    }
  }
  return order;
}

void apply_destination_changes(const Plan& plan, Phase phase, Ipvs& ipvs, ApplyReport& report,
                               const std::set<ServiceKey>& absent) {
  std::vector<IpvsWrite> writes;
  std::vector<const Change<DestinationKey, Destination>*> tried;
  writes.reserve(plan.destinations.size());
  tried.reserve(plan.destinations.size());
  for (const auto* change : ordered(plan.destinations, phase)) {
    if (absent.contains(change->key.service)) {
      skip(report, Kind::destination, *change, "add destination", "its service could not be added");
      continue;
    }
    tried.push_back(change);
    writes.push_back(DestinationWrite{change->verb, &change->key, change->after ? &*change->after : nullptr});
  }
  if (writes.empty()) return;
  const std::vector<int> errnums = ipvs.write(writes);
  count_writes(report, errnums, {ENOPROTOOPT});
  for (std::size_t i = 0; i < tried.size(); ++i) {
    record(report, Kind::destination, *tried[i], doing(tried[i]->verb, Kind::destination), errnums[i],
           explain_destination(errnums[i]));
  }
}

}  // namespace

void observe_services(IpvsTable&& table, Observation& observed) {
  auto& services = observed.state.services;
  for (ObservedService& service : table.services) {
    services.emplace_hint(services.end(), service.key, Entry<Service>{std::move(service.value), {}});
  }
  auto& destinations = observed.state.destinations;
  auto& connections = observed.connections;
  for (const ObservedDestination& destination : table.destinations) {
    destinations.emplace_hint(destinations.end(), destination.key, Entry<Destination>{destination.value, {}});
    if (destination.connections == Connections{}) continue;
    connections.emplace_hint(connections.end(), destination.key, destination.connections);
  }
}

std::vector<ServiceKey> touched_services(const Plan& plan) {
  std::vector<ServiceKey> keys;
  for (const auto& change : plan.services) keys.push_back(change.key);
  for (const auto& change : plan.destinations) keys.push_back(change.key.service);
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

State narrowed(const State& wanted, std::span<const ServiceKey> services) {
  State part{wanted.sysctls,  wanted.links, wanted.timeouts, wanted.daemons, wanted.packet_rules, {}, {},
             wanted.addresses};
  for (const ServiceKey& key : services) {
    const auto service = wanted.services.find(key);
    if (service == wanted.services.end()) continue;
    part.services.insert(*service);
    auto destination = wanted.destinations.lower_bound({key, {}, 0});
    for (; destination != wanted.destinations.end() && destination->first.service == key; ++destination) {
      part.destinations.insert(*destination);
    }
  }
  return part;
}

void plan_services(const State& wanted, const Observation& observed, const Ownership& owned, Plan& plan) {
  const auto is_ours = [&](const ServiceKey& key) { return owned.services.contains(key); };
  const auto is_wanted = [&](const ServiceKey& key) { return wanted.services.contains(key); };
  plan.services = diff(wanted.services, observed.state.services, is_ours);
  plan.destinations = diff(wanted.destinations, observed.state.destinations,
                           [&](const DestinationKey& key) { return is_wanted(key.service); });

  for (const auto& [key, entry] : observed.state.services) {
    if (is_wanted(key) || is_ours(key)) continue;
    const auto first = observed.state.destinations.lower_bound({key, {}, 0});
    std::size_t count = 0;
    for (auto i = first; i != observed.state.destinations.end() && i->first.service == key; ++i) ++count;
    plan.foreign.push_back(
        {"service " + key.text(), std::to_string(count) + (count == 1 ? " destination" : " destinations")});
  }
}

void apply_services(const Plan& plan, Phase phase, Ipvs& ipvs, ApplyReport& report) {
  std::set<ServiceKey> absent;
  if (phase == Phase::create) apply_service_changes(plan, phase, ipvs, report, absent);
  apply_destination_changes(plan, phase, ipvs, report, absent);
  if (phase == Phase::clean_up) apply_service_changes(plan, phase, ipvs, report, absent);
}

}  // namespace ballast
