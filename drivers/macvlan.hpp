// The device that carries a virtual router's MAC: a macvlan (private mode) on the router's interface.
//
// Threads: one at a time. Blocks for the kernel's answers. Idempotent: creating what is there as wanted repairs it
// only. A device that is not ours (another kind, MAC or parent) is never touched.
//
// What else must be set, most of it learnt from what keepalived sets (its use_vmac):
//  - arp_ignore 1 on both devices: each answers for its own addresses, or the VIP would be learnt with two MACs;
//  - arp_announce 2 on both (keepalived does not): what the VIP answers may leave through the parent, whose question
//    "who has this client, tell the VIP" would teach everybody the parent's MAC;
//  - rp_filter 0 and accept_local 1 on the new device: it hears addresses that are routed through the parent. The
//    kernel takes the larger of conf.all.rp_filter and the device's (linux/inetdevice.h, IN_DEV_RPFILTER): what `all`
//    says moves to each device;
//  - no IPv6 on a device of an IPv4 router, no automatic addresses on one of an IPv6 router.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "drivers/kernel.hpp"
#include "drivers/mac.hpp"
#include "drivers/netlink_socket.hpp"

namespace ballast {

struct VirtualMac {
  std::string name;    ///< of the device to make, 15 characters at most: "vrrp.41"
  std::string parent;  ///< the router's interface
  Family family = Family::ipv4;
  std::uint8_t vrid = 0;
};

/// A kernel parameter of a device that stays, changed on behalf of a virtual MAC.
struct SysctlChange {
  SysctlKey key;
  SysctlValue before;
  SysctlValue after;

  friend bool operator==(const SysctlChange&, const SysctlChange&) = default;
};

struct VirtualMacDevice {
  int index = 0;
  std::vector<SysctlChange> changes;  ///< of the parent and of `all`, for restore() after the last device is removed
};

class MacvlanDevices {
 public:
  /// Told of each change of a device that stays before it is made, so that it can be written down; its error prevents
  /// it.
  using Witness = std::function<Result<void>(const SysctlChange&)>;

  explicit MacvlanDevices(Sysctls& sysctls, Witness witness = {}) : sysctls_(sysctls), witness_(std::move(witness)) {}

  /// Makes the device and sets it up. ENODEV: there is no such parent; EEXIST: a foreign device has this name; EBUSY:
  /// another device on the parent has this MAC.
  Result<VirtualMacDevice> create(const VirtualMac& wanted);
  /// Deletes it; what is not there is no error. EEXIST: a foreign device has this name, it stays.
  Result<void> remove(const VirtualMac& wanted);
  /// Puts back what is still as it was changed.
  void restore(const std::vector<SysctlChange>& changes);

 private:
  struct Found {
    int index = 0;
    int parent_index = 0;
    MacAddress mac;
    std::string kind;
  };
  int open();
  /// nullopt: no such device; else `errnum` is set where it could not be asked.
  std::optional<Found> find(const std::string& name, int& errnum);
  /// ENODEV, EEXIST (foreign) or the device.
  Result<Found> find_ours(const VirtualMac& wanted, int parent_index);
  int command();
  Result<void> make(const VirtualMac& wanted, int parent_index);
  Result<void> set_parameters(const VirtualMac& wanted, std::vector<SysctlChange>& changes);
  Result<void> change(const SysctlKey& key, const SysctlValue& value, std::vector<SysctlChange>* changes);
  void move_rp_filter(std::vector<SysctlChange>& changes);

  Sysctls& sysctls_;
  Witness witness_;
  std::optional<NetlinkSocket> socket_;
  Message message_;
};

}  // namespace ballast
