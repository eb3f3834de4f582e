// What the plane knows of this node's devices and addresses, kept up to date by events. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/vrrp/packet.hpp"
#include "drivers/link_monitor.hpp"

namespace ballast::vrrp {

/// Whether a router can use its interface, and from which address.
struct Footing {
  bool up = false;
  IpAddress source;
  std::string reason;  ///< where it is not up: "eth0 does not exist"
  unsigned index = 0;  ///< of the device; 0 where it does not exist

  friend bool operator==(const Footing&, const Footing&) = default;
};

class Scene {
 public:
  void reset(const NetworkView& view);
  void take(const LinkEvent& event);
  void take(const AddressEvent& event);

  /// `wanted`: the configured source address; else the primary one: IPv4 the first address of the interface that is not
  /// ours, IPv6 its link-local one (RFC 9568 section 5.1.2.1).
  [[nodiscard]] Footing footing(const std::string& interface, Family family, const std::optional<IpAddress>& wanted,
                                const std::vector<IpAddress>& vips) const;
  /// 0 where there is no such device.
  [[nodiscard]] unsigned index_of(const std::string& interface) const;
  /// Why this group's advertisements do not fit into a packet there; empty where they do. The kernel divides packets,
  /// but not those that come with their own IP header: AH.
  [[nodiscard]] std::string too_large(const std::string& interface, const Group& group) const;
  [[nodiscard]] bool has(const AddressKey& key) const { return addresses_.contains(key); }
  /// It is there and does not carry our mark.
  [[nodiscard]] bool has_foreign(const AddressKey& key) const;

 private:
  std::map<std::string, LinkEvent> links_;
  std::map<AddressKey, AddressEvent> addresses_;
};

}  // namespace ballast::vrrp
