// Writing advertisements, and what a group of routers can ask of the protocol.
#include "controller/vrrp/packet.hpp"

#include <algorithm>

#include "controller/vrrp/digest.hpp"
#include "controller/vrrp/wire.hpp"

namespace ballast::vrrp {

namespace wire {

std::uint32_t sum_of(std::span<const std::uint8_t> bytes) {
  std::uint32_t sum = 0;
  for (std::size_t at = 0; at + 1 < bytes.size(); at += 2) sum += word_at(bytes, at);
  if (bytes.size() % 2 == 1) sum += static_cast<std::uint32_t>(bytes.back() << 8);
  return sum;
}

std::uint32_t pseudo_header_sum(const IpHeaderFacts& facts, std::size_t message_size) {
  const std::size_t size = address_size(facts.source.family());
  return sum_of(std::span(facts.source.bytes()).first(size)) +
         sum_of(std::span(facts.destination.bytes()).first(size)) + static_cast<std::uint32_t>(message_size) +
         vrrp_protocol;
}

std::uint16_t folded(std::uint32_t sum) {
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

}  // namespace wire

using namespace wire;

namespace {

bool covers_pseudo_header(const Group& group) {
  if (group.version == 2) return false;
  return group.family == Family::ipv6 || group.checksum == Ipv4Checksum::pseudo_header;
}

void put_checksum(Bytes& message, const IpHeaderFacts& facts, const Group& group) {
  std::uint32_t sum = sum_of(message);
  if (covers_pseudo_header(group)) sum += pseudo_header_sum(facts, message.size());
  const auto checksum = static_cast<std::uint16_t>(~folded(sum));
  message[6] = static_cast<std::uint8_t>(checksum >> 8);
  message[7] = static_cast<std::uint8_t>(checksum);
}

Bytes make_message(const Advertisement& from, const Group& group, const IpHeaderFacts& facts) {
  Bytes message;
  message.reserve(vrrp_header_size + from.addresses.size() * address_size(group.family) + v2_authentication_size);
  message.push_back(static_cast<std::uint8_t>(from.version << 4 | advertisement_type));
  message.push_back(from.vrid);
  message.push_back(from.priority);
  message.push_back(static_cast<std::uint8_t>(from.addresses.size()));
  if (from.version == 2) {
    message.push_back(static_cast<std::uint8_t>(from.authentication));
    message.push_back(static_cast<std::uint8_t>(from.interval / std::chrono::seconds{1}));
  } else {
    append_word(message, static_cast<std::uint16_t>(from.interval.count() & 0x0fff));
  }
  append_word(message, 0);
  for (const IpAddress& address : from.addresses) append_address(message, address);
  if (from.version == 2) {
    const std::string data = from.authentication == Authentication::pass ? group.password : "";
    for (std::size_t at = 0; at < v2_authentication_size; ++at) {
      message.push_back(at < data.size() ? static_cast<std::uint8_t>(data[at]) : std::uint8_t{0});
    }
  }
  put_checksum(message, facts, group);
  return message;
}

}  // namespace

IpAddress multicast_group(Family family) {
  return *IpAddress::parse(family == Family::ipv4 ? "224.0.0.18" : "ff02::12");
}

std::uint8_t protocol_of(const Group& group) {
  return group.authentication == Authentication::ah ? ah_protocol : vrrp_protocol;
}

Bytes encode(const Advertisement& advertisement, const Group& group, const IpHeaderFacts& facts) {
  Bytes message = make_message(advertisement, group, facts);
  if (advertisement.authentication != Authentication::ah) return message;
  return sealed(message, group, facts, advertisement.sequence);
}

Bytes make_ipv4_header(const IpHeaderFacts& facts, std::size_t payload_size) {
  Bytes header{0x45, 0xc0};
  append_word(header, static_cast<std::uint16_t>(ipv4_header_size + payload_size));
  append_word(header, facts.identification);
  append_word(header, 0);
  header.push_back(facts.hop_limit);
  header.push_back(facts.protocol);
  append_word(header, 0);
  append_address(header, facts.source);
  append_address(header, facts.destination);
  const auto checksum = static_cast<std::uint16_t>(~folded(sum_of(header)));
  header[10] = static_cast<std::uint8_t>(checksum >> 8);
  header[11] = static_cast<std::uint8_t>(checksum);
  return header;
}

std::optional<std::uint8_t> peek_vrid(std::span<const std::uint8_t> payload, std::uint8_t protocol) {
  const std::size_t at = (protocol == ah_protocol ? ah_header_size : 0) + 1;
  if (payload.size() <= at) return std::nullopt;
  return payload[at];
}

std::size_t most_addresses(const Group& group, std::size_t mtu) {
  std::size_t used = vrrp_header_size + (group.family == Family::ipv4 ? ipv4_header_size : ipv6_header_size);
  if (group.version == 2) used += v2_authentication_size;
  if (group.authentication == Authentication::ah) used += ah_header_size;
  if (mtu <= used) return 0;
  return std::min<std::size_t>((mtu - used) / address_size(group.family), 255);
}

std::string_view text_of(Authentication type) {
  switch (type) {
    case Authentication::none:
      return "none";
    case Authentication::pass:
      return "pass";
    case Authentication::ah:
      return "ah";
  }
  return "unknown";
}

std::string_view text_of(Refusal reason) {
  static constexpr std::array<std::string_view, refusals> texts = {
      "header", "ttl",       "source",        "length", "version",  "type",          "checksum",
      "vrid",   "auth-type", "auth-mismatch", "replay", "interval", "address-count", "address-list"};
  return texts[static_cast<std::size_t>(reason)];
}

}  // namespace ballast::vrrp
