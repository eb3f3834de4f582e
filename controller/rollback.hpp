// `apply --confirm` without a controller: what a roll-back needs is written down before anything is changed, so that a
// killed apply is undone by the next command.
#pragma once

#include <optional>

#include "controller/converge.hpp"

namespace ballast {

struct Rollback {
  Ownership owned;  ///< from before the change
  State state;      ///< what the kernel had of all that the change touches
  BootTime deadline{};
};

/// What would lead back from `prospect`'s change.
Rollback make_rollback(const Prospect& prospect, BootTime deadline);

std::string rollback_text(const Rollback& rollback);
Result<Rollback> parse_rollback(std::string_view text);

/// nullopt: no apply waits, or waited when it was killed.
Result<std::optional<Rollback>> load_rollback(const StateDir& directory);
Result<void> save_rollback(const StateDir& directory, const Rollback& rollback);
Result<void> forget_rollback(const StateDir& directory);

/// Makes the kernel what it was, and the record with it, which is then forgotten. The caller holds the directory's
/// lock.
Result<Convergence> roll_back(const Rollback& rollback, Kernel& kernel, const StateDir& directory);

/// Undoes what a killed `apply --confirm` has left; nullopt: there was none. The caller holds the directory's lock.
Result<std::optional<Convergence>> undo_unconfirmed(Kernel& kernel, const StateDir& directory);

}  // namespace ballast
