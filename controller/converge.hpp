// Makes the kernel equal the wanted state and proves it: observe, plan, write down what is ours, apply, look again.
#pragma once

#include <chrono>

#include "drivers/state_dir.hpp"
#include "reconcilers/drain.hpp"
#include "reconcilers/reconciler.hpp"

namespace ballast {

using Milliseconds = std::chrono::duration<double, std::milli>;

/// What a node has, shall have, and what has to be done about it. diff shows it, converge carries it out.
struct Prospect {
  Ownership owned;
  Observation observed;
  State wanted;   ///< with the members that are being drained
  Drains drains;  ///< those, and until when
  bool drains_changed = false;
  Plan plan;
};

/// How much of the node is looked at: after an event of the network, services need not be, which can be thousands.
enum class Extent : std::uint8_t { everything, all_but_services };

/// Looks at the node and changes nothing. `rules` say how members that `wanted` lacks leave.
Result<Prospect> look_ahead(State wanted, const DrainRules& rules, Kernel& kernel, const StateDir& directory,
                            Extent extent = Extent::everything);

/// What happened to the node.
struct Convergence {
  Observation before;
  Plan plan;      ///< made from `before`
  Drains drains;  ///< that go on
  ApplyReport report;
  Plan remaining;  ///< what still differs after the last look; empty where the kernel equals the wanted state
  Milliseconds observed{}, applied{}, verified{};

  [[nodiscard]] bool converged() const { return report.failures.empty() && remaining.empty(); }
};

/// The record of ownership under the state directory. A damaged one is an error, never an empty one.
Result<Ownership> load_ownership(const StateDir& directory);

/// The caller holds the directory's lock. An error means that nothing was changed, or, after a change, that the kernel
/// could not be looked at any more; the text says which.
Result<Convergence> converge(State wanted, Kernel& kernel, const StateDir& directory, const DrainRules& rules = {},
                             Extent extent = Extent::everything);

}  // namespace ballast
