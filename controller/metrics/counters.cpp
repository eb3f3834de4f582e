#include "controller/metrics/counters.hpp"

namespace ballast::metrics {
namespace {

template <class Key, class Value>
void count(const Changes<Key, Value>& changes, Kind kind, PlanSize& size) {
  for (const auto& change : changes) ++size[static_cast<std::size_t>(kind)][static_cast<std::size_t>(change.verb)];
}

}  // namespace

PlanSize size_of(const Plan& plan) {
  PlanSize size{};
  count(plan.links, Kind::link, size);
  count(plan.sysctls, Kind::sysctl, size);
  count(plan.timeouts, Kind::timeout, size);
  count(plan.daemons, Kind::daemon, size);
  count(plan.services, Kind::service, size);
  count(plan.destinations, Kind::destination, size);
  count(plan.addresses, Kind::address, size);
  return size;
}

void Looks::take(const Convergence& result, Instant at) {
  observing.observe(result.observed);
  if (result.report.writes > 0) {
    applying.observe(result.applied);
    verifying.observe(result.verified);
    writes += result.report.writes;
  }
  if (!result.converged()) ++failed;
  if (result.only) return;
  last_plan = size_of(result.plan);
  foreign = result.plan.foreign.size();
  last_end = at;
}

void Looks::take_failure(Instant at) {
  ++failed;
  last_end = at;
}

}  // namespace ballast::metrics
