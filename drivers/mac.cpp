// Text and well-known values of Ethernet addresses.
#include "drivers/mac.hpp"

#include <fmt/format.h>

namespace ballast {

std::string MacAddress::text() const {
  return fmt::format("{:02x}", fmt::join(bytes, ":"));
}

MacAddress virtual_mac(Family family, std::uint8_t vrid) {
  return {{0x00, 0x00, 0x5e, 0x00, static_cast<std::uint8_t>(family == Family::ipv4 ? 0x01 : 0x02), vrid}};
}

}  // namespace ballast
