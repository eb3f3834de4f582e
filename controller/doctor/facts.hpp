// What `ballast doctor` has looked at on this node, as plain values: everything that findings are made from.
// What could not be looked at is absent here, and named in `not_looked_at`.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/doctor/firewall.hpp"
#include "controller/vrrp/packet.hpp"
#include "drivers/kernel.hpp"
#include "drivers/link_monitor.hpp"
#include "drivers/processes.hpp"
#include "drivers/route.hpp"
#include "model/manifest.hpp"

namespace ballast::doctor {

/// Kernel modules by name ("ip_vs_wrr").
struct Modules {
  std::set<std::string, std::less<>> there;     ///< loaded, or built in
  std::set<std::string, std::less<>> loadable;  ///< a file of this kernel's has it
  bool listed = false;                          ///< `loadable` could be read
};

struct Clock {
  bool unsynchronised = false;  ///< STA_UNSYNC
  std::chrono::microseconds largest_error{};
};

/// An advertisement as it passed a device, own ones included.
struct Heard {
  std::string interface;
  IpAddress source;
  MacAddress mac;
  bool own = false;
  vrrp::Advertisement message;
};

/// `mac` says that it has `address`.
struct ArpAnswer {
  std::string interface;
  IpAddress address;
  MacAddress mac;

  friend auto operator<=>(const ArpAnswer&, const ArpAnswer&) = default;
};

struct Wire {
  std::chrono::milliseconds listened{};
  std::vector<Heard> heard;  ///< in the order in which they came
  std::set<ArpAnswer> answers;
};

/// An address of the Internet's that no host has (RFC 5737): the way to it is the default route.
inline const IpAddress far_away = *IpAddress::parse("203.0.113.77");

struct Facts {
  std::optional<std::uint64_t> capabilities;  ///< effective ones of this process
  Modules modules;
  std::optional<IpvsTable> table;
  std::optional<Error> table_error;                         ///< why there is no table
  std::map<std::string, std::string, std::less<>> sysctls;  ///< those that exist here
  std::vector<LinkEvent> links;
  std::vector<AddressEvent> addresses;
  std::map<IpAddress, std::optional<Route>> routes;  ///< nullopt: there is none
  std::optional<std::vector<Process>> processes;     ///< of this network namespace
  std::vector<SourceText> sysctl_files;
  std::vector<SourceText> network_files;  ///< systemd-networkd's
  bool keepalived_at_boot = false;        ///< it is enabled, and has a configuration
  bool controller = false;                ///< `ballast run` answers here
  std::optional<Clock> clock;
  std::vector<Firewall> firewalls;
  std::optional<Wire> wire;

  std::vector<std::string> looked_at;
  std::vector<std::string> not_looked_at;  ///< "the firewall: neither nft nor iptables-save is installed"

  [[nodiscard]] const LinkEvent* link(std::string_view name) const;
  [[nodiscard]] const LinkEvent* link(int index) const;
  /// The devices that hold it.
  [[nodiscard]] std::vector<const AddressEvent*> holders(const IpAddress& address) const;
  [[nodiscard]] bool is_local(const IpAddress& address) const { return !holders(address).empty(); }
  /// The number that a sysctl holds; nullopt where there is none.
  [[nodiscard]] std::optional<long> number(std::string_view sysctl) const;
  /// The larger of "all" and the device's own, as the kernel takes it; e.g. of "rp_filter".
  [[nodiscard]] std::optional<long> effective(std::string_view setting, std::string_view interface) const;
};

/// "net.ipv4.conf.eth0/100.rp_filter" of eth0.100
std::string interface_sysctl(std::string_view interface, std::string_view setting);

}  // namespace ballast::doctor
