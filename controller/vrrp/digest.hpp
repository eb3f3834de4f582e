// The authentication header of VRRPv2 (RFC 2338 section 5.3.6, type 2): AH (RFC 4302) with HMAC-MD5-96 (RFC 2403).
// As keepalived 2.2 does it, which is not everywhere as the RFC says; see digest.cpp.
#pragma once

#include <optional>
#include <span>

#include "controller/vrrp/packet.hpp"

namespace ballast::vrrp {

/// `message` behind an AH header. An empty password gives a digest that nobody accepts.
Bytes sealed(const Bytes& message, const Group& group, const IpHeaderFacts& facts, std::uint32_t sequence);

struct Unsealed {
  std::optional<Refused> wrong;
  std::uint32_t sequence = 0;
};
/// Checks the AH header at the start of `payload`; the message follows it.
Unsealed unseal(std::span<const std::uint8_t> payload, const Group& group, const IpHeaderFacts& facts);

}  // namespace ballast::vrrp
