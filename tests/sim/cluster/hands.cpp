// What somebody changes in a kernel by hand, and the connections of clients.
#include <algorithm>

#include "tests/sim/cluster/cluster.hpp"
#include "tests/sim/cluster/process.hpp"

namespace ballast::sim::cluster {

namespace {

ServiceKey foreign_service(Random& random) {
  const auto port = static_cast<std::uint16_t>(random.between(1, 5));
  return {*IpAddress::parse("203.0.113.1"), Protocol::tcp, port, 0};
}

template <class Map>
auto pick(Map& map, Random& random) {
  return std::next(map.begin(), static_cast<long>(random.next() % map.size()));
}

}  // namespace

void Cluster::connect_clients(Machine& at) {
  auto& ipvs = at.kernel->ipvs;
  if (ipvs.destinations.empty()) return;
  disturb(at);
  const auto destination = pick(ipvs.destinations, random);
  ipvs.connections[destination->first] = {static_cast<std::uint32_t>(random.between(0, 3)), 0, 0};
}

void Cluster::change_by_hand(Machine& at) {
  ++counts_.hands;
  disturb(at);
  watch_.disturbed = true;
  switch (random.between(0, 9)) {
    case 0:
    case 1:
      return add_foreign(at);
    case 2:
    case 3:
    case 4:
      return change_settings_by_hand(at);
    default:
      return change_services_by_hand(at);
  }
}

void Cluster::add_foreign(Machine& at) {
  FakeKernel& kernel = *at.kernel;
  if (random.chance(30)) {
    const AddressKey key{random.chance(50) ? "eth0" : "lo",
                         *Prefix::parse("198.51.100." + std::to_string(random.between(1, 9)) + "/24")};
    if (kernel.network.add_foreign(key, {}) == 0) at.foreign.addresses.insert(key);
    return;
  }
  const ServiceKey key = foreign_service(random);
  const DestinationKey destination{key, *IpAddress::parse("203.0.113.9"), key.port};
  if (random.chance(30)) {
    kernel.ipvs.services.erase(key);
    std::erase_if(kernel.ipvs.destinations, [&](const auto& each) { return each.first.service == key; });
    at.foreign.services.erase(key);
    at.foreign.destinations.erase(destination);
    return;
  }
  Service service;
  service.scheduler = "rr";
  service.granularity = 0xffffffff;
  at.foreign.services[key] = kernel.ipvs.services[key] = service;
  at.foreign.destinations[destination] = kernel.ipvs.destinations[destination] = Destination{};
}

void Cluster::change_services_by_hand(Machine& at) {
  FakeIpvs& ipvs = at.kernel->ipvs;
  const auto ours = [&](const ServiceKey& key) { return !at.foreign.services.contains(key); };
  std::vector<ServiceKey> services;
  for (const auto& [key, value] : ipvs.services) {
    if (ours(key)) services.push_back(key);
  }
  if (services.empty()) return;
  const ServiceKey key = services[random.next() % services.size()];
  const auto destination = ipvs.destinations.lower_bound({key, {}, 0});
  const bool has_one = destination != ipvs.destinations.end() && destination->first.service == key;
  switch (random.between(0, 6)) {
    case 0:  // ipvsadm -C
      ipvs.services.clear();
      ipvs.destinations.clear();
      ipvs.connections.clear();
      at.foreign.services.clear();
      at.foreign.destinations.clear();
      break;
    case 1:  // -D
      std::erase_if(ipvs.destinations, [&](const auto& each) { return each.first.service == key; });
      std::erase_if(ipvs.connections, [&](const auto& each) { return each.first.service == key; });
      ipvs.services.erase(key);
      break;
    case 2:  // -E
      ipvs.services[key].scheduler = "nq";
      break;
    case 3:  // -a
      ipvs.destinations[{key, *IpAddress::parse("10.0.8.8"), key.port}] = Destination{Forwarding::dr, 3, 0, 0, {}};
      break;
    case 4:  // -d
      if (has_one) ipvs.connections.erase(destination->first);
      if (has_one) ipvs.destinations.erase(destination);
      break;
    default:  // -e
      if (has_one) destination->second.weight = static_cast<std::uint32_t>(random.between(0, 99));
  }
}

void Cluster::change_settings_by_hand(Machine& at) {
  FakeKernel& kernel = *at.kernel;
  if (random.chance(30)) {
    kernel.ipvs.timeouts[Timer::udp] = 77;
    return;
  }
  if (random.chance(40)) {
    auto& addresses = kernel.network.addresses;
    const auto own = std::find_if(addresses.begin(), addresses.end(), [&](const ObservedAddress& each) {
      return each.protocol == address_protocol && !each.finite;
    });
    if (own != addresses.end()) kernel.network.remove_address(AddressKey(own->key));
    return;
  }
  // Only what Ballast has set: of another one it would not know the value from before.
  if (!at.process) return;
  const Wish& wish = revision(at.process->in_force()->revision.id)->wish;
  for (const auto& [name, value] : expected_of(layout_, wish, at.number, {}).sysctls) {
    auto& parameter = kernel.sysctls.parameters[name];
    const bool set = parameter.value == value && name != "net.ipv4.tcp_syncookies";
    if (set && random.chance(40)) parameter.value = "0";
  }
}

}  // namespace ballast::sim::cluster
