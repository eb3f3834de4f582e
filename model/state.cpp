// Words and normal forms of the state's values.
#include "model/state.hpp"

#include <charconv>

namespace ballast {
namespace {

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

ServiceKey ServiceKey::of_fwmark(Family family, std::uint32_t mark) {
  return {IpAddress::any(family), Protocol::none, 0, mark};
}

std::string ServiceKey::text() const {
  if (is_fwmark()) return "fwmark " + std::to_string(fwmark) + (family() == Family::ipv6 ? " (IPv6)" : "");
  const char* word = protocol == Protocol::tcp ? "tcp " : protocol == Protocol::udp ? "udp " : "sctp ";
  return word + endpoint_text(address, port);
}

std::optional<ServiceKey> ServiceKey::parse(std::string_view text) {
  const std::size_t blank = text.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  const std::string_view word = text.substr(0, blank);
  std::string_view rest = text.substr(blank + 1);
  if (word == "fwmark") {
    constexpr std::string_view ipv6 = " (IPv6)";
    const bool is_ipv6 = rest.ends_with(ipv6);
    if (is_ipv6) rest.remove_suffix(ipv6.size());
    const auto mark = parse_number<std::uint32_t>(rest);
    if (!mark || *mark == 0) return std::nullopt;
    return of_fwmark(is_ipv6 ? Family::ipv6 : Family::ipv4, *mark);
  }
  const Protocol protocol = word == "tcp"    ? Protocol::tcp
                            : word == "udp"  ? Protocol::udp
                            : word == "sctp" ? Protocol::sctp
                                             : Protocol::none;
  const std::size_t colon = rest.rfind(':');
  if (protocol == Protocol::none || colon == std::string_view::npos) return std::nullopt;
  std::string_view host = rest.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto address = IpAddress::parse(host);
  const auto port = parse_number<std::uint16_t>(rest.substr(colon + 1));
  if (!address || !port) return std::nullopt;
  return ServiceKey{*address, protocol, *port, 0};
}

bool satisfies(const SyncDaemon& running, const SyncDaemon& wanted) {
  SyncDaemon chosen = wanted;
  if (chosen.max_length == 0) chosen.max_length = running.max_length;
  return running == chosen;
}

std::uint32_t host_granularity(Family family) {
  return family == Family::ipv4 ? 0xffffffffU : 128U;
}

void normalise(const ServiceKey& key, Service& service) {
  service.flags &= ServiceFlag::all;
  if (service.persistent()) return;
  service.persistence_seconds = 0;
  service.granularity = host_granularity(key.family());
}

void normalise(const AddressKey& key, Address& address) {
  if (!key.prefix.address.is_ipv4()) address.scope = Scope::global;
}

std::string AddressKey::text() const {
  return prefix.text() + " on " + interface;
}

std::string_view text_of(Protocol protocol) {
  switch (protocol) {
    case Protocol::tcp:
      return "TCP";
    case Protocol::udp:
      return "UDP";
    case Protocol::sctp:
      return "SCTP";
    case Protocol::none:
      break;
  }
  return "none";
}

std::string_view text_of(Forwarding forwarding) {
  switch (forwarding) {
    case Forwarding::nat:
      return "NAT";
    case Forwarding::local:
      return "local";
    case Forwarding::tun:
      return "TUN";
    case Forwarding::dr:
      return "DR";
    case Forwarding::bypass:
      return "bypass";
  }
  return "unknown";
}

std::string_view text_of(TunnelType type) {
  switch (type) {
    case TunnelType::ipip:
      return "ipip";
    case TunnelType::gue:
      return "gue";
    case TunnelType::gre:
      return "gre";
  }
  return "unknown";
}

std::string_view text_of(TunnelChecksum checksum) {
  switch (checksum) {
    case TunnelChecksum::none:
      return "none";
    case TunnelChecksum::full:
      return "full";
    case TunnelChecksum::remote:
      return "remote";
  }
  return "unknown";
}

std::string_view text_of(Scope scope) {
  switch (scope) {
    case Scope::global:
      return "global";
    case Scope::site:
      return "site";
    case Scope::link:
      return "link";
    case Scope::host:
      return "host";
  }
  return "unknown";
}

std::string_view text_of(Timer timer) {
  switch (timer) {
    case Timer::tcp:
      return "tcp";
    case Timer::tcp_fin:
      return "tcpFin";
    case Timer::udp:
      return "udp";
  }
  return "unknown";
}

std::string_view text_of(DaemonRole role) {
  return role == DaemonRole::master ? "master" : "backup";
}

}  // namespace ballast
