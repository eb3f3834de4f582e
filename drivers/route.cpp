#include "drivers/route.hpp"

#include <array>
#include <cerrno>

#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include "drivers/descriptor.hpp"
#include "drivers/netlink_socket.hpp"
#include "drivers/read_error.hpp"
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

namespace {

bool put_route_question(nl_msg* message, const IpAddress& destination) {
  rtmsg header{};
  header.rtm_family = destination.is_ipv4() ? AF_INET : AF_INET6;
  header.rtm_dst_len = static_cast<unsigned char>(destination.bits());
  return nlmsg_append(message, &header, sizeof header, NLMSG_ALIGNTO) == 0 &&
         nla_put(message, RTA_DST, destination.bits() / 8, destination.bytes().data()) == 0;
}

std::optional<IpAddress> read_gateway(const nlattr* attribute) {
  const auto* bytes = static_cast<const std::uint8_t*>(nla_data(attribute));
  if (nla_len(attribute) == 4) return IpAddress::from_bytes(Family::ipv4, bytes);
  if (nla_len(attribute) == 16) return IpAddress::from_bytes(Family::ipv6, bytes);
  return std::nullopt;
}

/// RTA_VIA: the gateway of the other family (net/ipv4/route.c, rt_fill_info()).
std::optional<IpAddress> read_via(const nlattr* attribute) {
  constexpr int family_bytes = 2;
  const auto* bytes = static_cast<const std::uint8_t*>(nla_data(attribute));
  if (nla_len(attribute) == family_bytes + 4) return IpAddress::from_bytes(Family::ipv4, bytes + family_bytes);
  if (nla_len(attribute) == family_bytes + 16) return IpAddress::from_bytes(Family::ipv6, bytes + family_bytes);
  return std::nullopt;
}

/// What an unreachable, prohibited or unknown destination is answered with (net/ipv4/fib_semantics.c, fib_props).
bool is_no_route(int errnum) {
  return errnum == ENETUNREACH || errnum == EHOSTUNREACH || errnum == EACCES || errnum == EINVAL;
}

}  // namespace

std::optional<Route> read_route(nlmsghdr& message) {
  if (nlmsg_valid_hdr(&message, sizeof(rtmsg)) == 0) return std::nullopt;
  const auto* header = static_cast<const rtmsg*>(nlmsg_data(&message));
  std::array<nlattr*, RTA_MAX + 1> attributes{};
  if (nlmsg_parse(&message, sizeof(rtmsg), attributes.data(), RTA_MAX, nullptr) != 0) return std::nullopt;
  Route route;
  route.local = header->rtm_type == RTN_LOCAL;
  const nlattr* device = attributes[RTA_OIF];
  if (device == nullptr || nla_len(device) != static_cast<int>(sizeof(std::uint32_t))) return std::nullopt;
  route.interface_index = static_cast<int>(nla_get_u32(device));
  if (attributes[RTA_GATEWAY] != nullptr) route.gateway = read_gateway(attributes[RTA_GATEWAY]);
  if (attributes[RTA_VIA] != nullptr) route.gateway = read_via(attributes[RTA_VIA]);
  if (attributes[RTA_METRICS] != nullptr) {
    const nlattr* mtu = nla_find(static_cast<const nlattr*>(nla_data(attributes[RTA_METRICS])),
                                 nla_len(attributes[RTA_METRICS]), RTAX_MTU);
    if (mtu != nullptr && nla_len(mtu) == static_cast<int>(sizeof route.mtu)) route.mtu = nla_get_u32(mtu);
  }
  return route;
}

Result<std::map<IpAddress, std::optional<Route>>> routes_towards(std::span<const IpAddress> destinations) {
  auto socket = NetlinkSocket::open(NETLINK_ROUTE);
  if (!socket) return socket.error();
  std::map<IpAddress, std::optional<Route>> routes;
  Message message;
  for (const IpAddress& destination : destinations) {
    if (routes.contains(destination)) continue;
    if (!put_route_question(message.begin(RTM_GETROUTE, NLM_F_REQUEST), destination))
      return Error{"ask for a route", ENOMEM};
    std::optional<Route> route;
    const int errnum = socket->ask(message, [&](nlmsghdr& answer) {
      route = read_route(answer);
      return route.has_value();
    });
    if (errnum != 0 && !is_no_route(errnum)) {
      return Error{
          "ask for the route to " + destination.text() + ": " + read_error_text(errnum, socket->kernel_words()),
          errnum};
    }
    routes.emplace(destination, route);
  }
  return routes;
}

}  // namespace ballast
