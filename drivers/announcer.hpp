// Tells the network where VIPs are now: gratuitous ARP (RFC 5227 section 3, RFC 9568 section 8.1.2) and unsolicited
// neighbour advertisements (RFC 4861 section 7.2.6), as whole Ethernet frames.
//
// One AF_PACKET socket serves all interfaces of this network namespace; frames leave with sendmmsg(), many per system
// call. It receives nothing. Threads: one at a time. Never blocks: a full queue is ENOBUFS or EAGAIN of the frames that
// did not go out, to be sent again later.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "drivers/descriptor.hpp"
#include "drivers/mac.hpp"
#include "model/ip.hpp"
#include "model/result.hpp"

namespace ballast {

/// Request: sender and target are the VIP, which updates the caches of all hosts (what keepalived sends). Reply: for
/// the few devices that learn from nothing else.
enum class ArpForm : std::uint8_t { request = 1, reply = 2 };

using ArpFrame = std::array<std::uint8_t, 42>;
using NeighbourFrame = std::array<std::uint8_t, 86>;

/// Broadcast: `vip` (IPv4) is at `mac`.
ArpFrame make_gratuitous_arp(const MacAddress& mac, const IpAddress& vip, ArpForm form = ArpForm::request);
/// To all nodes (ff02::1), hop limit 255, flag override: `vip` (IPv6) is at `mac`. `router`: this node forwards IPv6;
/// hosts that have it as a default router drop it when told otherwise (RFC 4861 section 7.2.5).
NeighbourFrame make_neighbour_advertisement(const MacAddress& mac, const IpAddress& vip, bool router);

struct Announcement {
  unsigned interface_index = 0;
  MacAddress mac;  ///< the interface's (mac_of) or the virtual router's
  IpAddress vip;
  bool router = false;  ///< IPv6 only
};

class Announcer {
 public:
  static Result<Announcer> open();

  /// Element i is 0 or the errno of announcement i. ENXIO: no such interface; ENETDOWN: it is down.
  std::vector<int> announce(std::span<const Announcement> announcements, ArpForm form = ArpForm::request);

  /// The interface's own address; ENODEV: no such interface; EAFNOSUPPORT: it is not Ethernet, nobody asks by ARP
  /// there.
  [[nodiscard]] Result<MacAddress> mac_of(unsigned interface_index) const;

 private:
  explicit Announcer(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

  Descriptor descriptor_;
};

}  // namespace ballast
