// Hears VRRP and ARP as they pass one device, in both directions and in front of this node's packet filter, and asks by
// ARP. For looking, not for taking part: `vrrp_socket` and `announcer` do that.
//
// Threads: one at a time. Never blocks. The kernel shows it nothing else (a socket filter), so it costs little on a
// device with much traffic. While it is open, the device takes the frames of the VRRP groups.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "drivers/descriptor.hpp"
#include "drivers/mac.hpp"
#include "model/ip.hpp"
#include "model/result.hpp"

namespace ballast {

struct HeardPacket {
  bool outgoing = false;
  MacAddress source;                ///< of the frame
  std::uint16_t type = 0;           ///< Ethernet type: 0x0800, 0x86dd or 0x0806
  std::vector<std::uint8_t> bytes;  ///< behind the frame's header
};

/// A neighbour says in an ARP reply that it has an IPv4 address; nullopt where it is no reply.
struct ArpReply {
  IpAddress address;
  MacAddress mac;
};
std::optional<ArpReply> read_arp_reply(std::span<const std::uint8_t> bytes);

class PacketListener {
 public:
  static constexpr int packets_at_once = 64;
  static constexpr std::size_t packet_bytes = 8192;  ///< longer ones are cut

  /// Needs CAP_NET_RAW. ENODEV: there is no such device.
  static Result<PacketListener> open(unsigned interface_index);

  [[nodiscard]] int descriptor() const { return descriptor_.get(); }
  /// What has arrived, a bounded part of it. ENETDOWN is told once when the device goes down.
  Result<std::vector<HeardPacket>> receive();
  /// Who has it? Asked from `sender`, who has `mac`; the unspecified address asks without telling anybody (RFC 5227).
  Result<void> ask(const IpAddress& address, const IpAddress& sender, const MacAddress& mac);

 private:
  PacketListener(Descriptor descriptor, Descriptor member, unsigned index)
      : descriptor_(std::move(descriptor)), member_(std::move(member)), index_(index) {}

  Descriptor descriptor_;
  Descriptor member_;  ///< joins the IPv6 group, so that switches send it here
  unsigned index_;
};

}  // namespace ballast
