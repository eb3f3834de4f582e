// What happens to a simulated cluster, and what must come of it. Each throws Violation.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace ballast::sim {

struct Scenario {
  std::string_view name;
  void (*run)(std::uint64_t seed);
  int share;  ///< of a hundred seeds
};

/// Anything at any time, then calm: one holder, and with preemption the right one.
void run_chaos(std::uint64_t seed);
/// Calm, and one thing happens; the outcome is exact.
void run_planned_stop(std::uint64_t seed);
void run_kill(std::uint64_t seed);
void run_pause(std::uint64_t seed);
void run_split(std::uint64_t seed);
void run_return(std::uint64_t seed);
/// Anything to nodes with several routers in a sync group, then calm: one holder of all, and of nothing in part.
void run_sync_group(std::uint64_t seed);

std::span<const Scenario> scenarios();
const Scenario& scenario_of(std::uint64_t seed);

}  // namespace ballast::sim
