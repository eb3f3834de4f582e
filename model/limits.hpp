// What a manifest can say of a service or a member, for those who write manifests.
#pragma once

#include <cstdint>
#include <string_view>

namespace ballast {

/// The largest weight of a member.
inline constexpr std::uint32_t highest_weight = 65535;

/// Whether a service can have this scheduler.
bool is_scheduler(std::string_view word);

}  // namespace ballast
