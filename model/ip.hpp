// IPv4 and IPv6 addresses, prefixes and endpoints as plain ordered values.
// Text forms follow RFC 5952 and are read strictly: no octal, no zone, no host names.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ballast {

enum class Family : std::uint8_t { ipv4 = 4, ipv6 = 6 };

class IpAddress {
 public:
  /// 0.0.0.0
  constexpr IpAddress() = default;

  static IpAddress any(Family family);
  /// Network byte order; 4 bytes are read for IPv4, 16 for IPv6.
  static IpAddress from_bytes(Family family, const std::uint8_t* bytes);
  /// nullopt where `text` is not exactly one address.
  static std::optional<IpAddress> parse(std::string_view text);

  [[nodiscard]] Family family() const { return family_; }
  [[nodiscard]] bool is_ipv4() const { return family_ == Family::ipv4; }
  /// Network byte order; IPv4 fills the first four, the rest is zero.
  [[nodiscard]] const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  [[nodiscard]] int bits() const { return is_ipv4() ? 32 : 128; }
  [[nodiscard]] std::string text() const;

  [[nodiscard]] bool is_unspecified() const;
  [[nodiscard]] bool is_loopback() const;    ///< 127.0.0.0/8, ::1
  [[nodiscard]] bool is_multicast() const;   ///< 224.0.0.0/4, ff00::/8
  [[nodiscard]] bool is_link_local() const;  ///< 169.254.0.0/16, fe80::/10

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  Family family_ = Family::ipv4;
  std::array<std::uint8_t, 16> bytes_{};
};

/// An address with the length of its network's prefix: an interface's address, not a network (host bits may be set).
struct Prefix {
  IpAddress address;
  std::uint8_t length = 0;

  /// "a/n"; without "/n" the length is that of a host (32 or 128).
  static std::optional<Prefix> parse(std::string_view text);
  [[nodiscard]] std::string text() const;
  /// The address with its host bits cleared.
  [[nodiscard]] IpAddress network() const;
  [[nodiscard]] bool contains(const IpAddress& other) const;

  friend auto operator<=>(const Prefix&, const Prefix&) = default;
};

/// "192.0.2.1:80", "[2001:db8::1]:80".
std::string endpoint_text(const IpAddress& address, std::uint16_t port);

}  // namespace ballast
