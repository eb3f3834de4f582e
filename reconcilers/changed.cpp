// Merges of sorted tables, like the diff (reconcilers/diff.hpp), but only for the services' keys.
#include "reconcilers/changed.hpp"

#include <algorithm>
#include <iterator>

namespace ballast {
namespace {

/// Calls `differs` for each key that only one of the tables has or that has not the same value in both.
template <class Map, class Same, class Differs>
void compare(const Map& before, const Map& after, Same same, Differs differs) {
  auto a = before.begin();
  auto b = after.begin();
  while (a != before.end() || b != after.end()) {
    if (b == after.end() || (a != before.end() && a->first < b->first)) {
      differs((a++)->first);
    } else if (a == before.end() || b->first < a->first) {
      differs((b++)->first);
    } else {
      if (!same(a->second, b->second)) differs(a->first);
      ++a;
      ++b;
    }
  }
}

/// Replaces what `known` has of the services' destinations by what `part` has.
template <class Map>
void replace(Map& known, Map& part, std::span<const ServiceKey> services) {
  for (const ServiceKey& service : services) {
    auto first = known.lower_bound({service, IpAddress{}, 0});
    while (first != known.end() && first->first.service == service) first = known.erase(first);
  }
  known.merge(part);
}

}  // namespace

std::vector<ServiceKey> changed_services(const State& before, const State& after) {
  const auto same = [](const auto& a, const auto& b) { return a.value == b.value; };
  std::vector<ServiceKey> services;
  compare(before.services, after.services, same, [&](const ServiceKey& key) { services.push_back(key); });
  std::vector<ServiceKey> owners;
  compare(before.destinations, after.destinations, same, [&](const DestinationKey& key) {
    if (owners.empty() || owners.back() != key.service) owners.push_back(key.service);
  });
  return united(services, owners);
}

std::vector<ServiceKey> changed_services(const DrainRules& before, const DrainRules& after) {
  const auto same = [](const DrainRule& a, const DrainRule& b) {
    return a.time == b.time && a.drained == b.drained && a.failed == b.failed;
  };
  std::vector<ServiceKey> services;
  compare(before, after, same, [&](const ServiceKey& key) { services.push_back(key); });
  return services;
}

std::vector<ServiceKey> united(const std::vector<ServiceKey>& some, const std::vector<ServiceKey>& others) {
  std::vector<ServiceKey> all;
  std::set_union(some.begin(), some.end(), others.begin(), others.end(), std::back_inserter(all));
  return all;
}

void merge(Observation& known, Observation part, std::span<const ServiceKey> services) {
  for (const ServiceKey& service : services) known.state.services.erase(service);
  known.state.services.merge(part.state.services);
  replace(known.state.destinations, part.state.destinations, services);
  replace(known.connections, part.connections, services);
  part.state.services = std::move(known.state.services);
  part.state.destinations = std::move(known.state.destinations);
  part.connections = std::move(known.connections);
  known = std::move(part);
}

}  // namespace ballast
