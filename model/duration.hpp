// Durations as manifests and the command line write them: whole numbers with units, like 500ms, 6s, 5m or 1m30s.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace ballast {

/// nullopt where it is no duration or longer than a hundred years.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// In the largest unit that needs no fraction, but not in minutes: "500ms", "90s", "2h".
std::string duration_text(std::chrono::milliseconds duration);

}  // namespace ballast
