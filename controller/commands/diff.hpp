// What `diff` and `apply --dry-run` have in common.
#pragma once

#include <string_view>

#include "controller/node.hpp"

namespace ballast {

/// Prints the plan; errors in the name of `command`.
int show_plan(std::string_view command, const NodeOptions& options);

}  // namespace ballast
