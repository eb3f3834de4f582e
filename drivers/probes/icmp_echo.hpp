// ICMP and ICMPv6 echo as bytes (RFC 792, RFC 4443 section 4): requests made, replies judged. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "model/ip.hpp"

namespace ballast::probes {

/// Random bytes that a reply brings back: what tells this attempt's reply from all others, whoever chose the id.
using EchoCookie = std::array<std::uint8_t, 16>;

struct EchoRequest {
  Family family = Family::ipv4;
  std::uint16_t id = 0;  ///< a ping socket puts its own in its place
  std::uint16_t sequence = 1;
  EchoCookie cookie{};
};

/// With the checksum for IPv4; ICMPv6's needs the addresses, and the kernel always makes it.
std::vector<std::uint8_t> make_echo_request(const EchoRequest& request);

/// RFC 1071, as it is put into a message whose checksum field is 0; 0 over a message that is right.
std::uint16_t internet_checksum(std::span<const std::uint8_t> bytes);

/// Whether `message`, from the ICMP header on, is the reply to `request`. `any_id` where a ping socket chose the id.
bool is_echo_reply(const EchoRequest& request, std::span<const std::uint8_t> message, bool any_id);

/// What is behind the IPv4 header that raw sockets deliver; empty where that is not whole.
std::span<const std::uint8_t> behind_ipv4_header(std::span<const std::uint8_t> packet);

}  // namespace ballast::probes
