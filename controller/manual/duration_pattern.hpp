// Durations within limits as a regular expression: JSON Schema knows ranges of numbers only.
#pragma once

#include <chrono>
#include <string>

namespace ballast {

/// Matches what parse_duration takes from `least` to `most`, as far as it has one unit; of several units (1m30s) all.
std::string duration_pattern(std::chrono::milliseconds least, std::chrono::milliseconds most);

}  // namespace ballast
