// Moments as the API writes them: RFC 3339, UTC, 2026-11-21T10:00:00.250Z.
#pragma once

#include <chrono>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace ballast::http {

using Instant = std::chrono::sys_time<std::chrono::milliseconds>;

/// Now, by the wall clock.
Instant wall_time();

std::string instant_text(Instant instant);

/// Throws json::exception where it is none.
Instant instant_from(const nlohmann::ordered_json& from);

}  // namespace ballast::http
