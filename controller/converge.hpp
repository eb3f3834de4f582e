// Makes the kernel equal the wanted state and proves it: observe, plan, write down what is ours, apply, look again.
#pragma once

#include <chrono>

#include "drivers/state_dir.hpp"
#include "reconcilers/reconciler.hpp"

namespace ballast {

using Milliseconds = std::chrono::duration<double, std::milli>;

/// What happened to the node.
struct Convergence {
  Observation before;
  Plan plan;  ///< made from `before`
  ApplyReport report;
  Plan remaining;  ///< what still differs after the last look; empty where the kernel equals the wanted state
  Milliseconds observed{}, applied{}, verified{};

  [[nodiscard]] bool converged() const { return report.failures.empty() && remaining.empty(); }
};

/// The record of ownership under the state directory. A damaged one is an error, never an empty one.
Result<Ownership> load_ownership(const StateDir& directory);

/// The caller holds the directory's lock. An error means that nothing was changed, or, after a change, that the kernel
/// could not be looked at any more; the text says which.
Result<Convergence> converge(const State& wanted, Kernel& kernel, const StateDir& directory);

}  // namespace ballast
