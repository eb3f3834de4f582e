// Reading and judging received advertisements: RFC 9568 section 7.1 and RFC 3768 section 7.1, check by check.
// Every check that fails has a reason of its own, because operators look for the reason in the counters.
#include <algorithm>
#include <iterator>

#include "controller/vrrp/digest.hpp"
#include "controller/vrrp/packet.hpp"
#include "controller/vrrp/wire.hpp"

namespace ballast::vrrp {

using namespace wire;

namespace {

Refused refused(Refusal reason, std::string text) {
  return {reason, std::move(text)};
}

std::string list_text(const std::vector<IpAddress>& addresses) {
  constexpr std::size_t shown = 4;
  std::string text;
  for (std::size_t at = 0; at < std::min(addresses.size(), shown); ++at) {
    text += (at == 0 ? "" : ", ") + addresses[at].text();
  }
  if (addresses.size() > shown) text += " and " + std::to_string(addresses.size() - shown) + " more";
  return text;
}

std::vector<IpAddress> without(std::vector<IpAddress> from, std::vector<IpAddress> what) {
  std::sort(from.begin(), from.end());
  std::sort(what.begin(), what.end());
  std::vector<IpAddress> rest;
  std::set_difference(from.begin(), from.end(), what.begin(), what.end(), std::back_inserter(rest));
  return rest;
}

// RFC 9568 section 7.1 leaves the list to us: the group of somebody else on this VRID is not heard, or two strangers
// would silence each other; a list that is partly ours is, or a change of the list would make two MASTERs.
Decoding with_addresses_compared(Advertisement advertisement, const Group& group) {
  if (advertisement.addresses == group.addresses) return Decoded{std::move(advertisement), ""};
  const std::vector<IpAddress> missing = without(group.addresses, advertisement.addresses);
  const std::vector<IpAddress> strange = without(advertisement.addresses, group.addresses);
  if (missing.empty() && strange.empty()) return Decoded{std::move(advertisement), ""};
  if (missing.size() == group.addresses.size()) {
    return refused(Refusal::address_list, "a foreign group uses this virtual router id: it advertises " +
                                              list_text(advertisement.addresses) + " and none of ours");
  }
  std::string difference;
  if (!missing.empty()) difference = "it lacks " + list_text(missing);
  if (!strange.empty()) difference += (difference.empty() ? "" : " and ") + ("it also has " + list_text(strange));
  return Decoded{std::move(advertisement), difference};
}

std::optional<Refused> wrong_origin(const IpHeaderFacts& facts, const Group& group) {
  if (facts.source.family() != group.family) return refused(Refusal::header, "of the other address family");
  // RFC 9568 section 7.1: MUST verify that the IPv4 TTL or IPv6 Hop Limit is 255
  if (facts.hop_limit < group.least_hop_limit) {
    return refused(Refusal::hop_limit, "ttl is " + std::to_string(facts.hop_limit) + " and not " +
                                           std::to_string(group.least_hop_limit) + ": it came through a router");
  }
  const auto& peers = group.unicast_peers;
  if (peers.empty() && !facts.destination.is_multicast()) {
    return refused(Refusal::header, "sent to " + facts.destination.text() + " and this group is multicast");
  }
  if (!peers.empty() && facts.destination.is_multicast()) {
    return refused(Refusal::header, "sent to " + facts.destination.text() + " and this group is unicast");
  }
  if (!peers.empty() && std::find(peers.begin(), peers.end(), facts.source) == peers.end()) {
    return refused(Refusal::source, "the sender is not one of the unicast peers");
  }
  return std::nullopt;
}

bool checksum_is_right(std::span<const std::uint8_t> message, const IpHeaderFacts& facts, const Group& group) {
  const std::uint32_t sum = sum_of(message);
  if (group.version == 3 && folded(sum + pseudo_header_sum(facts, message.size())) == 0xffff) return true;
  // RFC 9568 section 5.2.8: over IPv4 the message alone
  return group.family == Family::ipv4 && folded(sum) == 0xffff;
}

std::optional<Refused> wrong_message(std::span<const std::uint8_t> message, const IpHeaderFacts& facts,
                                     const Group& group) {
  if (message.size() < vrrp_header_size) {
    return refused(Refusal::length, std::to_string(message.size()) + " bytes are too few for a VRRP header");
  }
  // RFC 9568 section 7.1: MUST verify the VRRP version
  if (message[0] >> 4 != group.version) {
    return refused(Refusal::version,
                   "version " + std::to_string(message[0] >> 4) + " and not " + std::to_string(group.version));
  }
  if ((message[0] & 0x0f) != advertisement_type) {  // RFC 9568 section 5.2.2
    return refused(Refusal::type, "packet type " + std::to_string(message[0] & 0x0f) + " is unknown");
  }
  // RFC 9568 section 7.1: MUST verify that the received packet contains the complete VRRP packet
  const std::size_t size =
      vrrp_header_size + message[3] * address_size(group.family) + (group.version == 2 ? v2_authentication_size : 0);
  if (message.size() != size) {
    return refused(Refusal::length, std::to_string(message.size()) + " bytes and not the " + std::to_string(size) +
                                        " of " + std::to_string(message[3]) + " addresses");
  }
  if (!checksum_is_right(message, facts, group)) return refused(Refusal::checksum, "the checksum is wrong");
  if (message[1] != group.vrid) {
    return refused(Refusal::vrid,
                   "virtual router id " + std::to_string(message[1]) + " and not " + std::to_string(group.vrid));
  }
  if (message[3] == 0) return refused(Refusal::address_count, "it carries no addresses");  // RFC 9568 section 5.2.5
  return std::nullopt;
}

// RFC 2338 section 5.3.6 and RFC 3768 section 7.1: the type must be the configured one, then its data must match.
std::optional<Refused> wrong_authentication(std::span<const std::uint8_t> message, const Group& group) {
  if (message[4] != static_cast<std::uint8_t>(group.authentication)) {
    const auto known = message[4] <= 2 ? text_of(static_cast<Authentication>(message[4])) : "an unknown one";
    return refused(Refusal::auth_type, "authentication is " + std::string(known) + " and not " +
                                           std::string(text_of(group.authentication)));
  }
  if (group.authentication != Authentication::pass) return std::nullopt;
  const auto data = message.last(v2_authentication_size);
  bool same = true;
  for (std::size_t at = 0; at < data.size(); ++at) {
    const auto wanted = at < group.password.size() ? static_cast<std::uint8_t>(group.password[at]) : std::uint8_t{0};
    same &= data[at] == wanted;
  }
  if (!same) return refused(Refusal::auth_mismatch, "the password is not ours");
  return std::nullopt;
}

std::optional<Refused> wrong_interval(const Advertisement& advertisement, const Group& group) {
  // RFC 3768 section 7.1: MUST verify that the Adver Interval in the packet is the same as the locally configured
  if (group.version == 2 && advertisement.interval != group.interval) {
    return refused(Refusal::interval, "it advertises every " + std::to_string(advertisement.interval.count() / 100) +
                                          "s and we every " + std::to_string(group.interval.count() / 100) + "s");
  }
  if (advertisement.interval.count() == 0) return refused(Refusal::interval, "an advertisement interval of 0");
  return std::nullopt;
}

Advertisement read_message(std::span<const std::uint8_t> message, const Group& group) {
  Advertisement read;
  read.version = group.version;
  read.vrid = message[1];
  read.priority = message[2];
  if (group.version == 2) {
    read.authentication = static_cast<Authentication>(message[4]);
    read.interval = std::chrono::seconds{message[5]};
  } else {
    read.interval = Centiseconds{word_at(message, 4) & 0x0fff};  // RFC 9568 section 5.2.6: reserved bits are ignored
  }
  const std::size_t size = address_size(group.family);
  read.addresses.reserve(message[3]);
  for (std::size_t at = 0; at < message[3]; ++at) {
    read.addresses.push_back(IpAddress::from_bytes(group.family, &message[vrrp_header_size + at * size]));
  }
  return read;
}

}  // namespace

Decoding decode(std::span<const std::uint8_t> payload, const IpHeaderFacts& facts, const Group& group) {
  if (auto wrong = wrong_origin(facts, group)) return *wrong;
  if (facts.protocol != protocol_of(group)) {
    const bool sealed_packet = facts.protocol == ah_protocol;
    return refused(Refusal::auth_type, std::string("authentication is ") + (sealed_packet ? "ah" : "not ah") +
                                           " and ours " + std::string(text_of(group.authentication)));
  }
  std::uint32_t sequence = 0;
  if (group.authentication == Authentication::ah) {
    const Unsealed unsealed = unseal(payload, group, facts);
    if (unsealed.wrong) return *unsealed.wrong;
    sequence = unsealed.sequence;
    payload = payload.subspan(ah_header_size);
  }
  if (auto wrong = wrong_message(payload, facts, group)) return *wrong;
  if (group.version == 2) {
    if (auto wrong = wrong_authentication(payload, group)) return *wrong;
  }
  Advertisement advertisement = read_message(payload, group);
  advertisement.sequence = sequence;
  if (auto wrong = wrong_interval(advertisement, group)) return *wrong;
  return with_addresses_compared(std::move(advertisement), group);
}

std::optional<Advertisement> overhear(std::span<const std::uint8_t> payload, const IpHeaderFacts& facts) {
  const bool sealed_packet = facts.protocol == ah_protocol;
  if (sealed_packet && payload.size() < ah_header_size) return std::nullopt;
  if (sealed_packet) payload = payload.subspan(ah_header_size);
  if (payload.size() < vrrp_header_size) return std::nullopt;
  Group group;
  group.version = payload[0] >> 4;
  if (group.version != 2 && group.version != 3) return std::nullopt;
  group.family = facts.source.family();
  group.vrid = payload[1];
  if (wrong_message(payload, facts, group)) return std::nullopt;
  return read_message(payload, group);
}

}  // namespace ballast::vrrp
