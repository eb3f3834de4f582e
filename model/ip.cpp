// Text forms through inet_pton/inet_ntop, which follow RFC 5952 and take neither zones nor octal.
#include "model/ip.hpp"

#include <charconv>
#include <cstring>

#include <arpa/inet.h>

namespace ballast {

IpAddress IpAddress::any(Family family) {
  IpAddress address;
  address.family_ = family;
  return address;
}

IpAddress IpAddress::from_bytes(Family family, const std::uint8_t* bytes) {
  IpAddress address = any(family);
  std::memcpy(address.bytes_.data(), bytes, family == Family::ipv4 ? 4 : 16);
  return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  char buffer[INET6_ADDRSTRLEN] = {};
  if (text.empty() || text.size() >= sizeof buffer || text.find('\0') != std::string_view::npos) return std::nullopt;
  std::memcpy(buffer, text.data(), text.size());
  IpAddress address = any(text.find(':') == std::string_view::npos ? Family::ipv4 : Family::ipv6);
  const int af = address.is_ipv4() ? AF_INET : AF_INET6;
  if (inet_pton(af, buffer, address.bytes_.data()) != 1) return std::nullopt;
  return address;
}

std::string IpAddress::text() const {
  char buffer[INET6_ADDRSTRLEN] = {};
  inet_ntop(is_ipv4() ? AF_INET : AF_INET6, bytes_.data(), buffer, sizeof buffer);
  return buffer;
}

bool IpAddress::is_unspecified() const {
  return *this == any(family_);
}

bool IpAddress::is_loopback() const {
  if (is_ipv4()) return bytes_[0] == 127;
  IpAddress one = any(Family::ipv6);
  one.bytes_[15] = 1;
  return *this == one;
}

bool IpAddress::is_multicast() const {
  return is_ipv4() ? (bytes_[0] & 0xf0) == 0xe0 : bytes_[0] == 0xff;
}

bool IpAddress::is_link_local() const {
  if (is_ipv4()) return bytes_[0] == 169 && bytes_[1] == 254;
  return bytes_[0] == 0xfe && (bytes_[1] & 0xc0) == 0x80;
}

std::optional<Prefix> Prefix::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  Prefix prefix{*address, static_cast<std::uint8_t>(address->bits())};
  if (slash == std::string_view::npos) return prefix;

  const std::string_view digits = text.substr(slash + 1);
  if (digits.size() > 1 && digits[0] == '0') return std::nullopt;
  unsigned length = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  if (length > static_cast<unsigned>(address->bits())) return std::nullopt;
  prefix.length = static_cast<std::uint8_t>(length);
  return prefix;
}

std::string Prefix::text() const {
  return address.text() + "/" + std::to_string(length);
}

IpAddress Prefix::network() const {
  auto bytes = address.bytes();
  for (int bit = length; bit < address.bits(); ++bit) {
    auto& byte = bytes[static_cast<std::size_t>(bit / 8)];
    byte = static_cast<std::uint8_t>(byte & ~(0x80 >> (bit % 8)));
  }
  return IpAddress::from_bytes(address.family(), bytes.data());
}

bool Prefix::contains(const IpAddress& other) const {
  return other.family() == address.family() && Prefix{other, length}.network() == network();
}

std::string endpoint_text(const IpAddress& address, std::uint16_t port) {
  const std::string host = address.is_ipv4() ? address.text() : "[" + address.text() + "]";
  return host + ":" + std::to_string(port);
}

}  // namespace ballast
