#include "controller/http/tcp_listener.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

#include <fmt/format.h>
#include <net/if.h>
#include <netinet/in.h>

#include "model/ip.hpp"

namespace ballast::http {
namespace {

constexpr int backlog = 128;

Error malformed(std::string_view text, std::string_view why) {
  return {fmt::format("'{}' is no address to listen on: {}; expected ADDRESS:PORT such as 127.0.0.1:9100, "
                      "0.0.0.0:9100 for every IPv4 address, or [::1]:9100",
                      text, why),
          EINVAL};
}

std::optional<std::uint16_t> port_in(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

Error cannot_listen(const TcpAddress& address, int errnum) {
  const char* advice = errnum == EADDRINUSE      ? "; another program listens there: `ss -ltnp` names it"
                       : errnum == EADDRNOTAVAIL ? "; no interface of this machine has this address"
                       : errnum == EACCES        ? "; ports below 1024 are root's"
                                                 : "";
  return {fmt::format("cannot listen on {}: {}{}", address.text, errno_text(errnum), advice), errnum};
}

TcpAddress make_address(std::string_view text, const IpAddress& ip, std::uint16_t port, unsigned scope) {
  TcpAddress address;
  address.text = text;
  if (ip.is_ipv4()) {
    sockaddr_in in = {};
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    std::memcpy(&in.sin_addr, ip.bytes().data(), sizeof in.sin_addr);
    std::memcpy(&address.address, &in, sizeof in);
    address.size = sizeof in;
  } else {
    sockaddr_in6 in = {};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(port);
    in.sin6_scope_id = scope;
    std::memcpy(&in.sin6_addr, ip.bytes().data(), sizeof in.sin6_addr);
    std::memcpy(&address.address, &in, sizeof in);
    address.size = sizeof in;
  }
  return address;
}

}  // namespace

Result<TcpAddress> TcpAddress::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return malformed(text, "the port is missing");
  std::string_view host = text.substr(0, colon);
  const auto port = port_in(text.substr(colon + 1));
  if (!port) return malformed(text, fmt::format("'{}' is no port", text.substr(colon + 1)));
  const bool bracketed = host.size() > 1 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  unsigned scope = 0;
  if (const std::size_t percent = host.find('%'); bracketed && percent != std::string_view::npos) {
    const std::string device(host.substr(percent + 1));
    scope = ::if_nametoindex(device.c_str());
    if (scope == 0) return malformed(text, fmt::format("there is no interface '{}'", device));
    host = host.substr(0, percent);
  }
  const auto ip = IpAddress::parse(std::string(host));
  if (!ip) return malformed(text, host.empty() ? "the address is missing" : fmt::format("'{}' is no IP address", host));
  if (bracketed == ip->is_ipv4())
    return malformed(text, "an IPv6 address stands in brackets, an IPv4 address does not");
  return make_address(text, *ip, *port, scope);
}

Result<Descriptor> listen_on(const TcpAddress& address) {
  const int family = address.address.ss_family;
  Descriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return cannot_listen(address, errno);
  const int on = 1;
  // Connections of a predecessor that wait for their end keep nobody from listening.
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (family == AF_INET6) ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address.address), address.size) != 0 ||
      ::listen(socket.get(), backlog) != 0) {
    return cannot_listen(address, errno);
  }
  return socket;
}

std::string local_address_of(int descriptor) {
  sockaddr_storage address = {};
  socklen_t size = sizeof address;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
  if (address.ss_family == AF_INET) {
    sockaddr_in in = {};
    std::memcpy(&in, &address, sizeof in);
    const auto ip = IpAddress::from_bytes(Family::ipv4, reinterpret_cast<const std::uint8_t*>(&in.sin_addr));
    return endpoint_text(ip, ntohs(in.sin_port));
  }
  sockaddr_in6 in = {};
  std::memcpy(&in, &address, sizeof in);
  const auto ip = IpAddress::from_bytes(Family::ipv6, reinterpret_cast<const std::uint8_t*>(&in.sin6_addr));
  return endpoint_text(ip, ntohs(in.sin6_port));
}

}  // namespace ballast::http
