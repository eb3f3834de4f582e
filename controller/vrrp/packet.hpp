// VRRP advertisements on the wire: VRRPv3 for IPv4 and IPv6 (RFC 9568 section 5), VRRPv2 (RFC 3768 section 5) with the
// authentication of RFC 2338, as keepalived 2.2 sends and expects it.
// Pure: bytes and values. Does not know who holds what; machine.hpp decides that.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <ratio>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/ip.hpp"
#include "model/result.hpp"

namespace ballast::vrrp {

using Centiseconds = std::chrono::duration<std::int64_t, std::centi>;
using Bytes = std::vector<std::uint8_t>;

inline constexpr std::uint8_t vrrp_protocol = 112;  ///< RFC 9568 section 5.1.1.4
inline constexpr std::uint8_t ah_protocol = 51;     ///< RFC 4302
inline constexpr std::uint8_t sent_hop_limit = 255;
inline constexpr std::uint8_t owner_priority = 255;  ///< RFC 9568 section 5.2.4
inline constexpr std::uint8_t release_priority = 0;
inline constexpr std::size_t longest_password = 8;  ///< RFC 2338 section 5.3.10

enum class Authentication : std::uint8_t { none = 0, pass = 1, ah = 2 };

/// Whether a VRRPv3 checksum over IPv4 covers a pseudo-header. keepalived and RFC 5798 implementations do, a reading of
/// RFC 9568 section 5.2.8 does not. Both are accepted; this chooses what is sent. IPv6 always has it, VRRPv2 never.
enum class Ipv4Checksum : std::uint8_t { pseudo_header, message_only };

/// What all routers of a group agree on, and what of it this node insists on.
struct Group {
  std::uint8_t version = 3;  ///< 2 or 3
  Family family = Family::ipv4;
  std::uint8_t vrid = 1;  ///< 1-255
  Centiseconds interval{100};
  std::vector<IpAddress> addresses;  ///< in the order in which they are sent
  Authentication authentication = Authentication::none;
  std::string password;  ///< longest_password bytes at most
  Ipv4Checksum checksum = Ipv4Checksum::pseudo_header;
  std::vector<IpAddress> unicast_peers;  ///< empty: multicast
  /// Packets that came with less are refused. keepalived sends IPv6 unicast with 64: 1 where peers are unicast.
  std::uint8_t least_hop_limit = 255;

  friend bool operator==(const Group&, const Group&) = default;
};

/// One advertisement as it was sent.
struct Advertisement {
  std::uint8_t version = 3;
  std::uint8_t vrid = 1;
  std::uint8_t priority = 100;
  Centiseconds interval{100};
  std::vector<IpAddress> addresses;
  Authentication authentication = Authentication::none;
  std::uint32_t sequence = 0;  ///< of the AH header

  friend bool operator==(const Advertisement&, const Advertisement&) = default;
};

/// What the IP header says. `identification` matters for AH only: its digest covers it.
struct IpHeaderFacts {
  IpAddress source;
  IpAddress destination;
  std::uint8_t hop_limit = sent_hop_limit;
  std::uint8_t protocol = vrrp_protocol;
  std::uint16_t identification = 0;

  friend bool operator==(const IpHeaderFacts&, const IpHeaderFacts&) = default;
};

/// Why a packet was not used. Counted by reason.
enum class Refusal : std::uint8_t {
  header,  ///< not an IP header that VRRP can come with
  hop_limit,
  source,  ///< not a unicast peer, or our own address
  length,
  version,
  type,
  checksum,
  vrid,
  auth_type,
  auth_mismatch,
  replay,
  interval,
  address_count,
  address_list,
};
inline constexpr std::size_t refusals = 14;
using RefusalCounts = std::array<std::uint64_t, refusals>;

/// One or two words, as status and metrics print them: "address-list".
std::string_view text_of(Refusal reason);
std::string_view text_of(Authentication type);

struct Refused {
  Refusal reason;
  std::string text;  ///< "ttl is 254 and not 255"
};

/// `difference` says how the addresses differ from the group's where some are common and some are not: the packet
/// counts, and people are told. Empty where they are the same.
struct Decoded {
  Advertisement advertisement;
  std::string difference;
};

using Decoding = std::variant<Decoded, Refused>;

/// Multicast 224.0.0.18 or ff02::12 (RFC 9568 sections 5.1.1.2 and 5.1.2.2).
IpAddress multicast_group(Family family);

/// The IP payload: the VRRP message, behind its AH header where the group has that. `facts` are those of the IP header
/// that will carry it; with AH it must really carry them (see make_ipv4_header).
Bytes encode(const Advertisement& advertisement, const Group& group, const IpHeaderFacts& facts);

/// The IPv4 header to send before the payload, needed for AH: its digest covers the identification, which the kernel
/// would choose. `facts.identification` must not be 0, or the kernel replaces it. Class selector 6; no options; not
/// fragmented.
Bytes make_ipv4_header(const IpHeaderFacts& facts, std::size_t payload_size);

/// The protocol of the packets that this group sends: 112, or 51 with AH.
std::uint8_t protocol_of(const Group& group);

/// The VRID that a payload of protocol 112 or 51 is for, to find its group; nullopt where it is too short to say.
std::optional<std::uint8_t> peek_vrid(std::span<const std::uint8_t> payload, std::uint8_t protocol);

/// All checks of RFC 9568 section 7.1 and RFC 3768 section 7.1. Whether the sender may be heard at this moment (our own
/// address, replays) is for the machine to say.
Decoding decode(std::span<const std::uint8_t> payload, const IpHeaderFacts& facts, const Group& group);

/// What a packet says whoever's group it is of, without judging more than its form and checksum; nullopt where it is no
/// advertisement. A seal (AH) is not verified.
std::optional<Advertisement> overhear(std::span<const std::uint8_t> payload, const IpHeaderFacts& facts);

/// How many addresses one packet of this group can carry on a link of that MTU; 255 at most (an octet counts them).
std::size_t most_addresses(const Group& group, std::size_t mtu);

}  // namespace ballast::vrrp
