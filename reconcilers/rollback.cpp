#include "reconcilers/rollback.hpp"

#include <algorithm>
#include <iterator>

namespace ballast {
namespace {

/// Entries of `from` whose key `keys` has.
template <class Key, class Value, class Keys>
void copy_of(const Table<Key, Value>& from, const Keys& keys, Table<Key, Value>& to) {
  for (const auto& [key, entry] : from) {
    if (keys.contains(key)) to.emplace(key, entry);
  }
}

void copy_services(const State& from, const std::set<ServiceKey>& keys, State& to) {
  copy_of(from.services, keys, to.services);
  for (const auto& [key, entry] : from.destinations) {
    if (keys.contains(key.service)) to.destinations.emplace_hint(to.destinations.end(), key, entry);
  }
}

/// VRRP's own, which renews it or lets it end.
bool is_lease(const Observation& observed, const AddressKey& key) {
  const auto facts = observed.address_facts.find(key);
  return facts != observed.address_facts.end() && facts->second.finite && facts->second.protocol == address_protocol;
}

void copy_addresses(const Observation& from, const std::set<AddressKey>& keys, State& to) {
  copy_of(from.state.addresses, keys, to.addresses);
  std::erase_if(to.addresses, [&](const auto& address) { return is_lease(from, address.first); });
}

template <class Key>
std::set<Key> without(const std::set<Key>& all, const std::set<Key>& some) {
  std::set<Key> rest;
  std::set_difference(all.begin(), all.end(), some.begin(), some.end(), std::inserter(rest, rest.end()));
  return rest;
}

}  // namespace

State state_before(const Observation& before, const Ownership& taken) {
  State state;
  copy_services(before.state, taken.services, state);
  copy_addresses(before, taken.addresses, state);
  copy_of(before.state.daemons, taken.daemons, state.daemons);
  copy_of(before.state.packet_rules, taken.packet_rules, state.packet_rules);
  for (auto& [key, entry] : state.packet_rules) entry.value.damaged = false;  // cannot be wanted
  copy_of(before.state.sysctls, taken.former_sysctls, state.sysctls);
  copy_of(before.state.timeouts, taken.former_timeouts, state.timeouts);
  copy_of(before.state.links, taken.former_links, state.links);
  return state;
}

State taken_over(const Observation& before, const Ownership& owned, const Ownership& taken) {
  State state;
  copy_services(before.state, without(taken.services, owned.services), state);
  copy_addresses(before, without(taken.addresses, owned.addresses), state);
  // What carries our mark was ours, whatever the record said.
  std::erase_if(state.addresses, [&](const auto& address) {
    return before.address_facts.at(address.first).protocol == address_protocol;
  });
  copy_of(before.state.daemons, without(taken.daemons, owned.daemons), state.daemons);
  return state;
}

Ownership disown(Ownership owned, const State& state) {
  for (const auto& [key, entry] : state.services) owned.services.erase(key);
  for (const auto& [key, entry] : state.addresses) owned.addresses.erase(key);
  for (const auto& [role, entry] : state.daemons) owned.daemons.erase(role);
  return owned;
}

State with(State wanted, const State& more) {
  for (const auto& [key, entry] : more.destinations) {
    if (!wanted.services.contains(key.service)) wanted.destinations.emplace(key, entry);
  }
  wanted.services.insert(more.services.begin(), more.services.end());
  wanted.addresses.insert(more.addresses.begin(), more.addresses.end());
  wanted.daemons.insert(more.daemons.begin(), more.daemons.end());
  wanted.packet_rules.insert(more.packet_rules.begin(), more.packet_rules.end());
  wanted.sysctls.insert(more.sysctls.begin(), more.sysctls.end());
  wanted.timeouts.insert(more.timeouts.begin(), more.timeouts.end());
  wanted.links.insert(more.links.begin(), more.links.end());
  return wanted;
}

}  // namespace ballast
