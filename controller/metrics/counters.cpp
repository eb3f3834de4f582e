#include "controller/metrics/counters.hpp"

namespace ballast::metrics {
PlanSize size_of(const Plan& plan) {
  PlanSize size{};
  for_each_kind([&](Kind kind, auto changes, auto) {
    for (const auto& change : plan.*changes) {
      ++size[static_cast<std::size_t>(kind)][static_cast<std::size_t>(change.verb)];
    }
  });
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
