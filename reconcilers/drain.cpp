// The decision for each destination of a service that drains: goes on, ends, or is revived.
#include "reconcilers/drain.hpp"

#include <algorithm>

namespace ballast {

namespace {

bool has_connections(const Observation& observed, const DestinationKey& key) {
  const auto found = observed.connections.find(key);
  return found != observed.connections.end() && found->second.active + found->second.inactive > 0;
}

class Draining {
 public:
  Draining(State& wanted, const Observation& observed, const Drains& before, BootTime now)
      : wanted_(wanted), observed_(observed), before_(before), now_(now) {}

  /// What an operator drains and is not there: nothing to wait for.
  void leave_out(const ServiceKey& service, const DrainRule& rule) {
    for (const Endpoint& endpoint : rule.drained) {
      const DestinationKey key{service, endpoint.address, endpoint.port};
      if (!observed_.state.destinations.contains(key)) wanted_.destinations.erase(key);
    }
  }

  void look_at(const ServiceKey& service, const DrainRule& rule) {
    const auto& destinations = observed_.state.destinations;
    const DestinationKey first{service, IpAddress{}, 0};
    for (auto each = destinations.lower_bound(first); each != destinations.end(); ++each) {
      if (each->first.service != service) break;
      const Endpoint endpoint{each->first.address, each->first.port};
      const bool wanted = wanted_.destinations.contains(each->first);
      if (wanted ? !rule.drained.contains(endpoint) : rule.failed.contains(endpoint)) continue;
      drain(each->first, each->second.value, rule);
    }
  }

  Drains take() { return std::move(after_); }

 private:
  void drain(const DestinationKey& key, Destination value, const DrainRule& rule) {
    const auto known = before_.find(key);
    const BootTime deadline = known == before_.end() ? now_ + rule.time : known->second;
    after_.emplace(key, deadline);  // also when it is over, until it is gone: or its time would begin anew
    // Until the kernel has weight 0, a connection may come after the look.
    const bool ended = value.weight == 0 && !has_connections(observed_, key);
    if (ended || now_ >= deadline) {
      wanted_.destinations.erase(key);
      return;
    }
    value.weight = 0;
    wanted_.destinations.try_emplace(key, Entry<Destination>{value, {}});
  }

  State& wanted_;
  const Observation& observed_;
  const Drains& before_;
  BootTime now_;
  Drains after_;
};

}  // namespace

Drains apply_drains(State& wanted, const DrainRules& rules, const Observation& observed, const Ownership& owned,
                    const Drains& drains, BootTime now) {
  Draining draining(wanted, observed, drains, now);
  for (const auto& [service, rule] : rules) {
    if (!wanted.services.contains(service)) continue;
    draining.leave_out(service, rule);
    if (owned.services.contains(service)) draining.look_at(service, rule);
  }
  return draining.take();
}

std::optional<BootTime> next_deadline(const Drains& drains) {
  std::optional<BootTime> first;
  for (const auto& [key, deadline] : drains) first = std::min(first.value_or(deadline), deadline);
  return first;
}

}  // namespace ballast
