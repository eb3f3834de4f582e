#include "drivers/route.hpp"

#include <sys/socket.h>

#include "drivers/descriptor.hpp"
#include "drivers/socket_address.hpp"

namespace ballast {

std::optional<IpAddress> source_towards(const IpAddress& destination) {
  const bool ipv4 = destination.is_ipv4();
  const Descriptor socket(::socket(ipv4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return std::nullopt;
  SocketAddress peer(destination, 0);
  auto* as_ipv4 = reinterpret_cast<sockaddr_in*>(&peer.storage);
  auto* as_ipv6 = reinterpret_cast<sockaddr_in6*>(&peer.storage);
  (ipv4 ? as_ipv4->sin_port : as_ipv6->sin6_port) = htons(9);  // connecting sends nothing, but wants a port
  if (::connect(socket.get(), peer.get(), peer.size) != 0) return std::nullopt;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&peer.storage), &peer.size) != 0) return std::nullopt;
  return ipv4 ? IpAddress::from_bytes(Family::ipv4, reinterpret_cast<const std::uint8_t*>(&as_ipv4->sin_addr))
              : IpAddress::from_bytes(Family::ipv6, as_ipv6->sin6_addr.s6_addr);
}

}  // namespace ballast
