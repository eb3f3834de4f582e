// `apply` and `diff` on a machine where the controller runs: it does the work, and says what came of it.
#pragma once

#include <optional>
#include <string_view>

#include "controller/commands/commands.hpp"

namespace ballast {

/// The exit status, with everything printed; nullopt: no controller runs with this state directory. `preview`: diff.
std::optional<int> hand_over(std::string_view command, const ApplyOptions& options, bool preview);

}  // namespace ballast
