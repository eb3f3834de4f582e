// Makes the kernel equal the wanted state and proves it: observe, plan, write down what is ours, apply, look again.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "drivers/state_dir.hpp"
#include "reconcilers/backoff.hpp"
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

/// How a look goes about it.
struct Manner {
  /// Of IPVS, only these services are looked at, sorted; all that `wanted` has of others is none. Absent: everything.
  std::optional<std::vector<ServiceKey>> only;
  /// Objects that are left alone for a while.
  const Backoff* backoff = nullptr;
};

/// Looks at the node and changes nothing. `rules` say how members that `wanted` lacks leave.
Result<Prospect> look_ahead(State wanted, const DrainRules& rules, Kernel& kernel, const StateDir& directory,
                            const Manner& manner = {});

/// What the last look of all saw: of all services, or of some.
struct Afterwards {
  Observation seen;
  std::optional<std::vector<ServiceKey>> only;
};

/// What happened to the node.
struct Convergence {
  State wanted;                                 ///< with the members that are being drained
  std::optional<std::vector<ServiceKey>> only;  ///< of IPVS, these alone were looked at; absent: everything
  Observation before;
  Plan plan;      ///< made from `before` and carried out
  Plan held;      ///< the same, but held back
  Drains drains;  ///< that go on
  ApplyReport report;
  Plan remaining;                   ///< what still differs after the last look, and is not held back
  std::optional<Afterwards> after;  ///< absent where nothing was written
  Milliseconds observed{}, applied{}, verified{};
  Milliseconds look_cpu{};  ///< of this thread, for what was observed

  [[nodiscard]] bool converged() const { return report.failures.empty() && remaining.empty() && held.empty(); }
};

/// The record of ownership under the state directory. A damaged one is an error, never an empty one.
Result<Ownership> load_ownership(const StateDir& directory);
Result<void> save_ownership(const StateDir& directory, const Ownership& owned);

/// The caller holds the directory's lock. An error means that nothing was changed, or, after a change, that the kernel
/// could not be looked at any more; the text says which.
Result<Convergence> converge(State wanted, Kernel& kernel, const StateDir& directory, const DrainRules& rules = {},
                             const Manner& manner = {});

}  // namespace ballast
