// What the kernel's routing says of a destination.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>

#include <linux/netlink.h>

#include "model/ip.hpp"
#include "model/result.hpp"

namespace ballast {

/// The address from which this node would send to `destination`; nullopt where it has no route. Sends nothing.
std::optional<IpAddress> source_towards(const IpAddress& destination);

/// The way to a destination.
struct Route {
  int interface_index = 0;
  std::optional<IpAddress> gateway;  ///< absent: on the link
  std::uint32_t mtu = 0;             ///< of the route; 0: the device's
  bool local = false;                ///< to this node itself

  friend bool operator==(const Route&, const Route&) = default;
};

/// An answer to RTM_GETROUTE; nullopt where malformed.
std::optional<Route> read_route(nlmsghdr& message);

/// The kernel's choice for each (RTM_GETROUTE); nullopt where it has none. An error: the kernel could not be asked.
Result<std::map<IpAddress, std::optional<Route>>> routes_towards(std::span<const IpAddress> destinations);

}  // namespace ballast
