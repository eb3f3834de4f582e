// What follows from a VirtualRouter's fields: names of devices, addresses in the kernel's terms, the size of packets.
#include "model/virtual_router.hpp"

#include <algorithm>

namespace ballast {

std::vector<std::string> Program::argv() const {
  std::vector<std::string> argv;
  if (shell.value) argv = {"/bin/sh", "-c"};
  for (const auto& word : command) argv.push_back(word.value);
  return argv;
}

const Router* find_router(const VirtualRouter& group, std::string_view node) {
  const auto found = std::find_if(group.routers.begin(), group.routers.end(),
                                  [&](const Router& router) { return router.node.value == node; });
  return found == group.routers.end() ? nullptr : &*found;
}

const std::string& interface_of(const VirtualRouter& group, const Router& router) {
  return router.interface ? router.interface->value : group.interface->value;
}

std::string virtual_mac_device(Family family, int vrid) {
  return (family == Family::ipv4 ? "vrrp." : "vrrp6.") + std::to_string(vrid);
}

AddressKey address_key(const VirtualRouter& group, const Router& router, const VirtualAddress& address) {
  const Prefix& prefix = address.address.value;
  if (address.interface) return {address.interface->value, prefix};
  if (group.virtual_mac.value) {
    return {virtual_mac_device(prefix.address.family(), group.virtual_router_id.value), prefix};
  }
  return {interface_of(group, router), prefix};
}

Address address_value(const VirtualAddress& address) {
  Address value;
  if (address.label) value.label = address.label->value;
  return value;
}

std::size_t most_virtual_addresses(Family family, int version, bool authentication_header) {
  constexpr std::size_t mtu = 1500;
  constexpr std::size_t vrrp_header = 8;
  constexpr std::size_t authentication_data = 8;  // RFC 3768 section 5.3.10: there in every packet of version 2
  constexpr std::size_t ah_header = 24;           // RFC 4302 with the 96 bits of HMAC-MD5-96
  const bool ipv4 = family == Family::ipv4;
  const std::size_t used = (ipv4 ? 20U : 40U) + vrrp_header + (version == 2 ? authentication_data : 0) +
                           (authentication_header ? ah_header : 0);
  return std::min<std::size_t>((mtu - used) / (ipv4 ? 4U : 16U), 255);
}

}  // namespace ballast
