// What is taken into ownership before apply, and let go after it.
#include "reconcilers/kinds.hpp"

namespace ballast {

Ownership take_ownership(Ownership owned, const State& wanted, const Observation& observed) {
  for (const auto& [key, entry] : wanted.services) owned.services.insert(key);
  for (const auto& [role, entry] : wanted.daemons) owned.daemons.insert(role);
  for (const auto& [key, entry] : wanted.packet_rules) owned.packet_rules.insert(key);
  for (const auto& [key, entry] : wanted.addresses) owned.addresses.insert(key);
  // emplace: the value from before Ballast is the first one seen, not the last.
  for (const auto& [key, entry] : wanted.sysctls) {
    const auto have = observed.state.sysctls.find(key);
    if (have != observed.state.sysctls.end()) owned.former_sysctls.emplace(key, have->second.value);
  }
  for (const auto& [timer, entry] : wanted.timeouts) {
    const auto have = observed.state.timeouts.find(timer);
    if (have != observed.state.timeouts.end()) owned.former_timeouts.emplace(timer, have->second.value);
  }
  for (const auto& [name, entry] : wanted.links) {
    const auto have = observed.state.links.find(name);
    owned.former_links.emplace(name, have != observed.state.links.end() && have->second.value.up);
  }
  return owned;
}

Ownership drop_ownership(Ownership owned, const State& wanted, const Observation& observed,
                         const std::optional<std::vector<ServiceKey>>& only) {
  const State& now = observed.state;
  const auto is_over = [&](const ServiceKey& key) {
    return !wanted.services.contains(key) && !now.services.contains(key);
  };
  if (only) {
    for (const ServiceKey& key : *only) {
      if (is_over(key)) owned.services.erase(key);
    }
  } else {
    std::erase_if(owned.services, is_over);
  }
  std::erase_if(owned.daemons,
                [&](DaemonRole role) { return !wanted.daemons.contains(role) && !now.daemons.contains(role); });
  std::erase_if(owned.packet_rules, [&](const ServiceKey& key) {
    return !wanted.packet_rules.contains(key) && !now.packet_rules.contains(key);
  });
  std::erase_if(owned.addresses,
                [&](const AddressKey& key) { return !wanted.addresses.contains(key) && !now.addresses.contains(key); });
  std::erase_if(owned.former_sysctls, [&](const auto& former) {
    const auto have = now.sysctls.find(former.first);
    return !wanted.sysctls.contains(former.first) &&
           (have == now.sysctls.end() || same_sysctl(former.first, have->second.value, former.second));
  });
  std::erase_if(owned.former_timeouts, [&](const auto& former) {
    const auto have = now.timeouts.find(former.first);
    return !wanted.timeouts.contains(former.first) &&
           (have == now.timeouts.end() || have->second.value == former.second);
  });
  std::erase_if(owned.former_links, [&](const auto& former) {
    const auto have = now.links.find(former.first);
    return !wanted.links.contains(former.first) && (have == now.links.end() || have->second.value.up == former.second);
  });
  return owned;
}

}  // namespace ballast
