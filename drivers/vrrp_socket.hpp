// A raw IP socket for advertisements (protocol 112), or for those inside an authentication header (protocol 51), bound
// to one interface.
//
// Threads: one at a time. Never blocks: descriptor() is waited on by its owner, receive() takes what is there, bounded.
// Own multicast is not heard. Sent with TTL 255, class of service "internet control" (0xc0) and priority 6, so that
// advertisements pass in front of other traffic in the queues of this node. Checksums are the caller's: nothing is
// filled in with protocol 112. Raw sockets see packets after the kernel has put fragments together and checked the IPv4
// header (net/ipv4/ip_input.c); TTL and addresses are the caller's to judge.
//
// A router with a virtual MAC opens its socket on the macvlan device, for both directions: the kernel hands frames that
// carry that MAC as their source (a peer MASTER's) to that device and to nobody else (drivers/macvlan.c,
// macvlan_handle_frame()).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "drivers/descriptor.hpp"
#include "model/ip.hpp"
#include "model/result.hpp"

namespace ballast {

enum class AdvertProtocol : std::uint8_t { ah = 51, vrrp = 112 };  ///< IP protocol numbers

struct VrrpSocketOptions {
  std::string interface;
  Family family = Family::ipv4;
  AdvertProtocol protocol = AdvertProtocol::vrrp;  ///< ah: IPv4 only
  /// Joins `group` on the interface; false: hears nothing that came by multicast.
  bool multicast = true;
  /// Multicast group; unspecified: 224.0.0.18 or ff02::12 (RFC 9568 section 5.1).
  IpAddress group;
  /// Sender's address; unspecified: the kernel's choice. It must be on this node when something is sent.
  IpAddress source;
};

struct Datagram {
  std::vector<std::uint8_t> payload;  ///< what follows the IP header
  IpAddress source;
  IpAddress destination;
  int ttl = 0;                       ///< or hop limit; -1 where the kernel did not tell
  std::uint16_t identification = 0;  ///< IPv4 only: an authentication header covers it
  unsigned interface_index = 0;      ///< where it came in
};

class VrrpSocket {
 public:
  /// Datagrams taken by one receive(): a flood must not keep its owner from its timers.
  static constexpr int datagrams_at_once = 64;
  /// The largest advertisement: 255 IPv6 addresses behind the fixed part; longer datagrams are dropped.
  static constexpr std::size_t datagram_bytes = 8192;

  /// ENODEV: no such interface. Membership and binding stay with the interface's index: when it was deleted and came
  /// back, open anew.
  static Result<VrrpSocket> open(const VrrpSocketOptions& options);

  [[nodiscard]] int descriptor() const { return descriptor_.get(); }
  [[nodiscard]] unsigned interface_index() const { return index_; }
  /// 224.0.0.18, ff02::12, or what was asked for.
  [[nodiscard]] const IpAddress& group() const { return group_; }

  /// What has arrived; empty where nothing has. ENETDOWN and ENODEV are told once when the interface goes.
  Result<std::vector<Datagram>> receive();

  /// Protocol vrrp: `payload` is the VRRP message. Protocol ah: a whole IPv4 packet, header included, since the
  /// authentication covers its identification; the kernel completes length and header checksum only.
  /// EADDRNOTAVAIL: the source address is not on this node; ENETUNREACH, ENETDOWN: no way out.
  Result<void> send(std::span<const std::uint8_t> payload, const IpAddress& destination);

  /// From now on, the sender's address.
  void set_source(const IpAddress& source) { source_ = source; }

  /// Datagrams that the kernel dropped since open() because they were not read in time (SO_MEMINFO).
  [[nodiscard]] std::uint32_t dropped() const;

 private:
  VrrpSocket() = default;

  Descriptor descriptor_;
  unsigned index_ = 0;
  Family family_ = Family::ipv4;
  AdvertProtocol protocol_ = AdvertProtocol::vrrp;
  IpAddress group_;
  bool multicast_ = true;
  IpAddress source_;
};

/// The parts of an IPv4 packet as a raw socket delivers it; false where it is malformed. Fills payload, source,
/// destination, ttl and identification.
bool read_ipv4_packet(std::span<const std::uint8_t> packet, Datagram& datagram);

}  // namespace ballast
