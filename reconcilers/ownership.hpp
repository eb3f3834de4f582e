// The record of ownership as text, to be kept beside the kernel's tables (drivers/state_dir.hpp).
#pragma once

#include <string_view>

#include "reconcilers/plan.hpp"

namespace ballast {

/// JSON, one line for each object, so that people can read it in an emergency.
std::string ownership_text(const Ownership& owned);

/// The reverse. A text that is not one of ours is an error, never an empty record.
Result<Ownership> parse_ownership(std::string_view text);

}  // namespace ballast
