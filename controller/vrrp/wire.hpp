// Sizes and byte-order helpers that encoding, decoding and the AH digest share.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>

#include "controller/vrrp/packet.hpp"

namespace ballast::vrrp::wire {

inline constexpr std::size_t vrrp_header_size = 8;
inline constexpr std::size_t ah_header_size = 24;  ///< with HMAC-MD5-96: RFC 4302 section 2, RFC 2403
/// Every type of authentication has them (RFC 3768 section 5.3.10); keepalived sends them with AH too.
inline constexpr std::size_t v2_authentication_size = 8;
inline constexpr std::size_t ipv4_header_size = 20;
inline constexpr std::size_t ipv6_header_size = 40;
inline constexpr std::uint8_t advertisement_type = 1;

inline std::size_t address_size(Family family) {
  return family == Family::ipv4 ? 4 : 16;
}

inline std::uint16_t word_at(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

inline void append_word(Bytes& bytes, std::uint16_t value) {
  bytes.push_back(static_cast<std::uint8_t>(value >> 8));
  bytes.push_back(static_cast<std::uint8_t>(value));
}

inline void append_address(Bytes& bytes, const IpAddress& address) {
  for (std::size_t at = 0; at < address_size(address.family()); ++at) bytes.push_back(address.bytes()[at]);
}

/// One's complement sum before folding (RFC 1071).
std::uint32_t sum_of(std::span<const std::uint8_t> bytes);
/// Source, destination, length and protocol: RFC 8200 section 8.1, and its like for IPv4.
std::uint32_t pseudo_header_sum(const IpHeaderFacts& facts, std::size_t message_size);
std::uint16_t folded(std::uint32_t sum);

}  // namespace ballast::vrrp::wire
