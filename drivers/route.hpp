// What the kernel's routing says of a destination.
#pragma once

#include <optional>

#include "model/ip.hpp"

namespace ballast {

/// The address from which this node would send to `destination`; nullopt where it has no route. Sends nothing.
std::optional<IpAddress> source_towards(const IpAddress& destination);

}  // namespace ballast
