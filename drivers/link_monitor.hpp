// What happens to devices and addresses of this network namespace, as the kernel tells it (rtnetlink groups LINK,
// IPV4_IFADDR and IPV6_IFADDR).
//
// Threads: one at a time. read() never blocks; look() blocks for the kernel's answer. Order of use: open(), look(),
// then read() for ever, and look() again after an Overrun: nothing can be missed, since events are queued from open()
// on. The kernel itself leaves out the additions and renewals that carry our mark (IFA_PROTO, kernel 5.18 and later):
// with 1,000 VIPs they would be 1,000 messages a second that say nothing new. Where it cannot, they come marked `own`.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "drivers/kernel.hpp"
#include "drivers/mac.hpp"
#include "drivers/netlink_socket.hpp"

namespace ballast {

struct LinkEvent {
  std::string name;
  int index = 0;
  bool up = false;    ///< administratively up, has a carrier and nothing else holds it back (IFF_UP, IFF_RUNNING)
  bool gone = false;  ///< deleted, or moved to another network namespace, or (the old name) renamed
  MacAddress mac;     ///< all zero where it has none of six bytes
  std::uint32_t mtu = 0;

  friend bool operator==(const LinkEvent&, const LinkEvent&) = default;
};

struct AddressEvent {
  bool added = false;  ///< or changed, or renewed; false: removed
  int interface_index = 0;
  AddressKey key;  ///< key.interface is empty where the device is gone already
  Scope scope = Scope::global;
  std::string label;          ///< empty where it is the interface's name
  std::uint8_t protocol = 0;  ///< IFA_PROTO
  bool secondary = false;
  bool finite = false;  ///< has a lifetime

  /// Carries our mark: one of our own processes added or renewed it.
  [[nodiscard]] bool own() const { return protocol == address_protocol; }
};

/// Messages were lost: what is known may be wrong, look().
struct Overrun {};

using NetworkEvent = std::variant<LinkEvent, AddressEvent, Overrun>;

/// Everything that is there.
struct NetworkView {
  std::vector<LinkEvent> links;
  std::vector<AddressEvent> addresses;
};

class LinkMonitor {
 public:
  /// Events taken by one read(), about.
  static constexpr std::size_t events_at_once = 1024;

  struct Options {
    bool hide_own_additions = true;
    int receive_bytes = receive_buffer_bytes;
  };
  static Result<LinkMonitor> open(const Options& options);
  static Result<LinkMonitor> open() { return open(Options{}); }

  [[nodiscard]] int descriptor() const { return events_.descriptor(); }
  /// What has happened since; empty where nothing has. A malformed message is skipped and counted.
  Result<std::vector<NetworkEvent>> read();
  /// Complete or an error.
  Result<NetworkView> look();

  [[nodiscard]] std::uint64_t overruns() const { return overruns_; }
  [[nodiscard]] std::uint64_t malformed() const { return malformed_; }

 private:
  LinkMonitor(NetlinkSocket events, NetlinkSocket questions);
  void take(nlmsghdr& message, std::vector<NetworkEvent>& events);
  void take_link(nlmsghdr& message, std::vector<NetworkEvent>& events);
  void take_address(nlmsghdr& message, std::vector<NetworkEvent>& events);

  NetlinkSocket events_;
  NetlinkSocket questions_;
  Message message_;
  std::map<int, std::string> names_;  ///< of devices, by index
  std::uint64_t overruns_ = 0;
  std::uint64_t malformed_ = 0;
};

/// RTM_NEWLINK or RTM_DELLINK; nullopt where malformed.
std::optional<LinkEvent> read_link_event(nlmsghdr& message);

}  // namespace ballast
