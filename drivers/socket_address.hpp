// IP addresses as the socket calls want them.
#pragma once

#include <cstring>

#include <netinet/in.h>
#include <sys/socket.h>

#include "model/ip.hpp"

namespace ballast {

inline in_addr to_in_addr(const IpAddress& address) {
  in_addr result{};
  std::memcpy(&result, address.bytes().data(), sizeof result);
  return result;
}

inline in6_addr to_in6_addr(const IpAddress& address) {
  in6_addr result{};
  std::memcpy(&result, address.bytes().data(), sizeof result);
  return result;
}

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  /// `interface_index` tells link-local IPv6 addresses apart.
  SocketAddress(const IpAddress& address, unsigned interface_index) {
    if (address.is_ipv4()) {
      auto* ipv4 = reinterpret_cast<sockaddr_in*>(&storage);
      ipv4->sin_family = AF_INET;
      ipv4->sin_addr = to_in_addr(address);
      size = sizeof *ipv4;
    } else {
      auto* ipv6 = reinterpret_cast<sockaddr_in6*>(&storage);
      ipv6->sin6_family = AF_INET6;
      ipv6->sin6_addr = to_in6_addr(address);
      ipv6->sin6_scope_id = interface_index;
      size = sizeof *ipv6;
    }
  }

  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

}  // namespace ballast
