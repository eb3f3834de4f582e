// The order of the checks is the kernel's, so that of two mistakes the same one is named.
#include "fakes/fake_ipvs.hpp"

#include <algorithm>
#include <climits>

namespace ballast {
namespace {

constexpr std::size_t longest_name = 15;  // IP_VS_SCHEDNAME_MAXLEN - 1

/// Whether the kernel takes packets to this address for forwardable (ip_vs_new_dest()).
bool is_reachable(const IpAddress& address) {
  if (address.is_unspecified() || address.is_multicast()) return false;
  if (!address.is_ipv4()) return !address.is_link_local();
  return address.bytes()[0] != 0 && address.text() != "255.255.255.255";
}

int check(const Destination& destination) {
  if (destination.weight > INT_MAX) return ERANGE;
  if (destination.lower_threshold > destination.upper_threshold) return ERANGE;
  const bool is_gue = destination.forwarding == Forwarding::tun && destination.tunnel.type == TunnelType::gue;
  return is_gue && destination.tunnel.port == 0 ? EINVAL : 0;
}

Destination normal(Destination destination) {
  Tunnel& tunnel = destination.tunnel;
  if (destination.forwarding != Forwarding::tun || tunnel.type == TunnelType::ipip) tunnel = {};
  if (tunnel.type != TunnelType::gue) tunnel.port = 0;
  return destination;
}

}  // namespace

int FakeIpvs::load() {
  if (!loaded && !loadable) return ENOPROTOOPT;
  loaded = true;
  return permitted ? 0 : EPERM;
}

Result<IpvsTable> FakeIpvs::dump() {
  ++full_dumps;
  std::vector<ServiceKey> keys;
  for (const auto& [key, service] : services) keys.push_back(key);
  return dump(keys);
}

Result<IpvsTable> FakeIpvs::dump(std::span<const ServiceKey> keys) {
  int errnum = load();
  if (errnum == ENOPROTOOPT) return Error{"this kernel has no IPVS: load it with \"modprobe ip_vs\"", errnum};
  if (errnum == EPERM) return Error{"reading IPVS needs CAP_NET_ADMIN: run as root", errnum};
  errnum = faults.next_dump();
  if (errnum != 0) return Error{"read IPVS: " + errno_text(errnum), errnum};

  IpvsTable table;
  const std::set<ServiceKey> asked(keys.begin(), keys.end());
  for (const auto& [key, service] : services) {
    if (!asked.contains(key)) continue;
    table.services.push_back({key, service});
    normalise(key, table.services.back().value);
  }
  services_read += table.services.size();
  for (const auto& [key, destination] : destinations) {
    if (!asked.contains(key.service)) continue;
    const auto live = connections.find(key);
    table.destinations.push_back({key, normal(destination), live != connections.end() ? live->second : Connections{}});
  }
  for (const auto& [role, daemon] : daemons) table.daemons.push_back({role, daemon});
  table.tcp_timeout_seconds = timeouts[Timer::tcp];
  table.tcp_fin_timeout_seconds = timeouts[Timer::tcp_fin];
  table.udp_timeout_seconds = timeouts[Timer::udp];
  return table;
}

Result<std::size_t> FakeIpvs::count_ipv4_services() {
  if (!loaded) return Error{"this kernel has no IPVS: load it with \"modprobe ip_vs\"", ENOPROTOOPT};
  if (!permitted) return Error{"reading IPVS needs CAP_NET_ADMIN: run as root", EPERM};
  return static_cast<std::size_t>(std::count_if(services.begin(), services.end(),
                                                [](const auto& each) { return each.first.family() == Family::ipv4; }));
}

Result<bool> FakeIpvs::has(const ServiceKey& key) {
  const int errnum = load();
  if (errnum == ENOPROTOOPT) return Error{"this kernel has no IPVS: load it with \"modprobe ip_vs\"", errnum};
  if (errnum == EPERM) return Error{"reading IPVS needs CAP_NET_ADMIN: run as root", errnum};
  return services.contains(key);
}

std::vector<int> FakeIpvs::write(std::span<const IpvsWrite> writes) {
  std::vector<int> results;
  if (!writes.empty()) ++write_calls;
  commands += static_cast<int>(writes.size());
  const int loading = load();
  for (const IpvsWrite& write : writes) {
    results.push_back(loading != 0 ? loading : faults.result(results.size(), write, [this](const IpvsWrite& one) {
      return carry_out(one);
    }));
  }
  faults.end_of_write();
  return results;
}

int FakeIpvs::carry_out(const IpvsWrite& write) {
  return std::visit([this](const auto& one) { return carry_out(one); }, write);
}

int FakeIpvs::check(const ServiceKey& key, const Service& service) const {
  if (!schedulers.contains(service.scheduler)) return ENOENT;
  if (!service.persistence_engine.empty() && !engines.contains(service.persistence_engine)) return ENOENT;
  const bool is_ipv6 = key.family() == Family::ipv6;
  return is_ipv6 && (service.granularity < 1 || service.granularity > 128) ? EINVAL : 0;
}

void FakeIpvs::remove_service(const ServiceKey& key) {
  services.erase(key);
  std::erase_if(destinations, [&](const auto& entry) { return entry.first.service == key; });
  std::erase_if(connections, [&](const auto& entry) { return entry.first.service == key; });
}

int FakeIpvs::carry_out(const ServiceWrite& write) {
  if (write.value != nullptr && write.value->scheduler.size() > longest_name) return EINVAL;
  const bool exists = services.contains(*write.key);
  if (write.verb == Verb::add && exists) return EEXIST;
  if (write.verb != Verb::add && !exists) return ESRCH;
  if (write.verb == Verb::remove) {
    remove_service(*write.key);
    return 0;
  }
  if (const int errnum = check(*write.key, *write.value)) return errnum;
  services[*write.key] = *write.value;
  return 0;
}

int FakeIpvs::carry_out(const DestinationWrite& write) {
  const DestinationKey& key = *write.key;
  if (!services.contains(key.service)) return ESRCH;
  const bool mixed = key.address.family() != key.service.family();
  const bool refused =
      mixed && (!daemons.empty() || (write.value != nullptr && write.value->forwarding != Forwarding::tun));
  if (write.verb != Verb::remove && refused) return EINVAL;
  if (write.verb != Verb::remove) {
    if (const int errnum = ballast::check(*write.value)) return errnum;
  }
  const bool exists = destinations.contains(key);
  if (write.verb == Verb::add && exists) return EEXIST;
  if (write.verb != Verb::add && !exists) return ENOENT;
  if (write.verb == Verb::add && !is_reachable(key.address)) return EINVAL;
  if (write.verb == Verb::remove) {
    destinations.erase(key);
    connections.erase(key);
  } else {
    destinations[key] = normal(*write.value);
  }
  return 0;
}

int FakeIpvs::carry_out(const TimeoutWrite& write) {
  if (write.seconds > INT_MAX / 100) return EINVAL;  // HZ of the kernel in the lab
  if (write.seconds != 0) timeouts[write.timer] = write.seconds;
  return 0;
}

int FakeIpvs::carry_out(const DaemonWrite& write) {
  if (write.verb == Verb::remove) return daemons.erase(write.role) == 1 ? 0 : ESRCH;
  const bool mixed = std::any_of(destinations.begin(), destinations.end(), [](const auto& entry) {
    return entry.first.address.family() != entry.first.service.family();
  });
  if (!write.value->group.is_multicast() || mixed) return EINVAL;
  if (!interfaces.contains(write.value->interface)) return ENODEV;
  SyncDaemon daemon = *write.value;
  if (daemon.max_length == 0) daemon.max_length = daemon.group.is_ipv4() ? 1472 : 1452;
  return daemons.emplace(write.role, daemon).second ? 0 : EEXIST;
}

}  // namespace ballast
