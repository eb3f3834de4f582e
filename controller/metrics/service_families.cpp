// Services as the manifest and the checks have them, and as the kernel counts them.
#include <algorithm>
#include <map>

#include "controller/metrics/families.hpp"
#include "controller/metrics/family.hpp"
#include "model/probe_path.hpp"
#include "model/render.hpp"

namespace ballast::metrics {
namespace {

struct MemberCounts {
  std::uint64_t up = 0, down = 0, unknown = 0, serving = 0;
};

MemberCounts counts_of(const VirtualService& service, const Pool& pool, const Health& health,
                       const ServiceVerdict& verdict) {
  MemberCounts counts;
  const auto known = health.services.find(service.header.name);
  for (std::size_t i = 0; i < pool.members.size(); ++i) {
    Life life = Life::up;
    if (known != health.services.end()) {
      const auto member = known->second.members.find(endpoint_of(service, pool.members[i]));
      if (member != known->second.members.end()) life = member->second.life;
    }
    ++(life == Life::up ? counts.up : life == Life::down ? counts.down : counts.unknown);
    if (verdict.members[i].weight.value_or(0) > 0) ++counts.serving;
  }
  return counts;
}

/// Services by which checks go through the VIP: one for each member, and none of the operator's.
bool is_for_probes(const ServiceKey& key) {
  return key.fwmark >= first_probe_mark && key.fwmark <= last_probe_mark;
}

/// The manifest's names of the kernel's services.
using Names = std::map<ServiceKey, std::string_view>;

std::string_view name_of(const Names& names, const ServiceKey& key) {
  const auto found = names.find(key);
  return found == names.end() ? std::string_view() : found->second;
}

struct TrafficFamily {
  const char* name;
  const char* help;
  std::uint64_t Traffic::*counter;
};

constexpr TrafficFamily of_services[] = {
    {"ballast_ipvs_service_connections_total", "Connections scheduled.", &Traffic::connections},
    {"ballast_ipvs_service_incoming_packets_total", "Packets from clients.", &Traffic::packets_in},
    {"ballast_ipvs_service_outgoing_packets_total", "Packets to clients; NAT only.", &Traffic::packets_out},
    {"ballast_ipvs_service_incoming_bytes_total", "Bytes from clients.", &Traffic::bytes_in},
    {"ballast_ipvs_service_outgoing_bytes_total", "Bytes to clients; NAT only.", &Traffic::bytes_out},
};
constexpr TrafficFamily of_destinations[] = {
    {"ballast_ipvs_destination_connections_total", "Connections scheduled.", &Traffic::connections},
    {"ballast_ipvs_destination_incoming_packets_total", "Packets from clients.", &Traffic::packets_in},
    {"ballast_ipvs_destination_outgoing_packets_total", "Packets to clients; NAT only.", &Traffic::packets_out},
    {"ballast_ipvs_destination_incoming_bytes_total", "Bytes from clients.", &Traffic::bytes_in},
    {"ballast_ipvs_destination_outgoing_bytes_total", "Bytes to clients; NAT only.", &Traffic::bytes_out},
};

/// The labels of all series, made once: text() of an address is dear when there are thousands.
struct DestinationLabels {
  std::string_view service;  ///< empty: no manifest wants it
  std::string virtual_address;
  std::string destination;
};

using Destinations = std::vector<const DestinationStatistics*>;

std::vector<DestinationLabels> labels_of(const Destinations& destinations, const Names& names) {
  std::vector<DestinationLabels> labels;
  labels.reserve(destinations.size());
  for (const DestinationStatistics* each : destinations) {
    const DestinationKey& key = each->key;
    labels.push_back({name_of(names, key.service), key.service.text(), endpoint_text(key.address, key.port)});
  }
  return labels;
}

void make_destination_families(const Destinations& all, const Names& names, const FamilySink& sink) {
  const std::vector<DestinationLabels> labels = labels_of(all, names);
  const auto make = [&](Family family, auto value_of) {
    family.reserve(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      family.add({{"service", labels[i].service},
                  {"virtual_address", labels[i].virtual_address},
                  {"destination", labels[i].destination}},
                 std::uint64_t{value_of(*all[i])});
    }
    sink(family.take());
  };
  for (const TrafficFamily& each : of_destinations) {
    make(Family::counter(each.name, each.help),
         [&](const DestinationStatistics& one) { return one.traffic.*each.counter; });
  }
  make(Family::gauge("ballast_ipvs_destination_active_connections", "Established connections."),
       [](const DestinationStatistics& one) { return one.connections.active; });
  make(Family::gauge("ballast_ipvs_destination_inactive_connections", "Other connections that the kernel remembers."),
       [](const DestinationStatistics& one) { return one.connections.inactive; });
  make(Family::gauge("ballast_ipvs_destination_weight", "Weight in the kernel; 0 takes no new connections."),
       [](const DestinationStatistics& one) { return one.weight; });
}

}  // namespace

void make_service_families(const Values& values, const FamilySink& sink) {
  if (!values.snapshot) return;
  Family members =
      Family::gauge("ballast_service_members", "Members by health; \"unchecked\" where their pool has no checks.");
  Family serving = Family::gauge("ballast_service_serving_members", "Members that get new connections.");
  Family quorum =
      Family::gauge("ballast_service_quorum", "Whether as many members are healthy as the quorum asks for.");
  Family sorry =
      Family::gauge("ballast_service_sorry_server", "Whether the sorry server serves instead of the members.");
  for (const ProgrammedService& each : possible_services(values.snapshot->manifest, values.node)) {
    const std::string& name = each.service->header.name;
    const ServiceVerdict verdict = judge(*each.service, *each.pool, values.health);
    const MemberCounts counts = counts_of(*each.service, *each.pool, values.health, verdict);
    if (each.pool->checks.empty()) {
      members.add({{"service", name}, {"health", "unchecked"}}, counts.up + counts.down + counts.unknown);
    } else {
      members.add({{"service", name}, {"health", "up"}}, counts.up)
          .add({{"service", name}, {"health", "down"}}, counts.down)
          .add({{"service", name}, {"health", "unknown"}}, counts.unknown);
    }
    serving.add({{"service", name}}, counts.serving);
    const auto known = values.health.services.find(name);
    quorum.add({{"service", name}}, known == values.health.services.end() || known->second.quorum);
    sorry.add({{"service", name}}, verdict.sorry);
  }
  for (Family* family : {&members, &serving, &quorum, &sorry}) sink(family->take());
}

void make_ipvs_families(const Values& values, const FamilySink& sink) {
  sink(Family::gauge("ballast_ipvs_statistics_readable", "Whether the kernel's counters could be read for this page.")
           .add({}, values.ipvs.has_value())
           .take());
  if (!values.ipvs) return;
  Names names;
  if (values.snapshot) {
    for (const ProgrammedService& each : possible_services(values.snapshot->manifest, values.node)) {
      names.emplace(each.key, each.service->header.name);
    }
  }
  const IpvsStatistics& table = *values.ipvs;
  for (const TrafficFamily& each : of_services) {
    Family family = Family::counter(each.name, each.help);
    family.reserve(table.services.size());
    for (const ServiceStatistics& service : table.services) {
      if (is_for_probes(service.key)) continue;
      family.add({{"service", name_of(names, service.key)}, {"virtual_address", service.key.text()}},
                 service.traffic.*each.counter);
    }
    sink(family.take());
  }
  Destinations destinations;
  for (const DestinationStatistics& each : table.destinations) {
    if (!is_for_probes(each.key.service)) destinations.push_back(&each);
  }
  const bool too_many = destinations.size() > values.most_destinations;
  sink(Family::gauge("ballast_ipvs_destinations_left_out",
                     "Destinations without series of their own, as there are more than --metrics-destinations.")
           .add({}, static_cast<std::uint64_t>(too_many ? destinations.size() : 0))
           .take());
  if (!too_many) make_destination_families(destinations, names, sink);
}

}  // namespace ballast::metrics
