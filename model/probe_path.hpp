// Checks `via: vip`: a probe asks the VIP, and IPVS itself carries it to one member as it would carry a client's
// packet. The probe's socket has a firewall mark, and the node has a fwmark service with that one member for it
// (Seesaw's way).
//
// It works for a MASTER and a BACKUP alike. On the MASTER the reply comes from an address that is its own, which the
// kernel takes from outside only with accept_local (net/ipv4/fib_frontend.c: __fib_validate_source).
#pragma once

#include <cstdint>
#include <map>
#include <string_view>

#include "model/manifest.hpp"

namespace ballast {

/// How a service reaches a member.
Forwarding forwarding_of(const VirtualService& service, const Member& member);
Tunnel tunnel_of(const VirtualService& service, const Member& member);

/// The member through which a VIP is asked. VIPs of one family share it.
struct ThroughMember {
  Family family = Family::ipv4;  ///< of the VIP
  IpAddress member;
  Forwarding forwarding = Forwarding::dr;
  Tunnel tunnel;

  friend bool operator==(const ThroughMember&, const ThroughMember&) = default;
  friend bool operator<(const ThroughMember& a, const ThroughMember& b);
};

ThroughMember through_member(const VirtualService& service, const Member& member);

/// The marks that Ballast takes for such probes; a VirtualService may have none of them.
inline constexpr std::uint32_t first_probe_mark = 0x62600000;
inline constexpr std::uint32_t last_probe_mark = 0x626fffff;

/// The mark of each member that this node's checks go through. It follows from the member itself, so that it hardly
/// ever changes when others come and go.
std::map<ThroughMember, std::uint32_t> probe_marks(const Manifest& manifest, std::string_view node);

}  // namespace ballast
