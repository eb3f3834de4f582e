// Ethernet addresses as plain values.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>

#include "model/ip.hpp"

namespace ballast {

struct MacAddress {
  std::array<std::uint8_t, 6> bytes{};

  /// "00:00:5e:00:01:29"
  [[nodiscard]] std::string text() const;
  friend auto operator<=>(const MacAddress&, const MacAddress&) = default;
};

/// The virtual router's address: 00:00:5e:00:01:VRID with IPv4, 00:00:5e:00:02:VRID with IPv6 (RFC 9568 section 7.3).
MacAddress virtual_mac(Family family, std::uint8_t vrid);

}  // namespace ballast
