// The kernel as reconcilers see it: what can be observed and what can be written, as values. Implemented over libnl and
// /proc/sys beside this file, and in memory under tests/; both pass the same contract tests.
//
// Rules for every implementation:
//  - dump() is complete or an error; a failed dump is never an empty table.
//  - write() carries out the commands in order, each fails or succeeds alone; element i of what it returns is 0 or the
//    errno of command i. Where the kernel could not be asked at all, every command that was not answered has that
//    errno.
//  - nothing here decides, retries on its own account, or remembers what it wrote.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/result.hpp"
#include "model/state.hpp"

namespace ballast {

enum class Verb : std::uint8_t { add, update, remove };

/// Live connections of a destination (IPVS_DEST_ATTR_*_CONNS).
struct Connections {
  std::uint32_t active = 0;
  std::uint32_t inactive = 0;
  std::uint32_t persistent = 0;

  friend bool operator==(const Connections&, const Connections&) = default;
};

struct ObservedService {
  ServiceKey key;
  Service value;
};

struct ObservedDestination {
  DestinationKey key;
  Destination value;
  Connections connections;
};

struct ObservedDaemon {
  DaemonRole role;
  SyncDaemon value;
};

struct IpvsTable {
  std::vector<ObservedDaemon> daemons;
  std::vector<ObservedService> services;
  std::vector<ObservedDestination> destinations;
  std::uint32_t tcp_timeout_seconds = 0;
  std::uint32_t tcp_fin_timeout_seconds = 0;
  std::uint32_t udp_timeout_seconds = 0;
};

/// `value` is null for a removal. What is pointed to outlives the call of write().
struct ServiceWrite {
  Verb verb;
  const ServiceKey* key;
  const Service* value;
};
struct DestinationWrite {
  Verb verb;
  const DestinationKey* key;
  const Destination* value;
};
struct TimeoutWrite {
  Timer timer;
  std::uint32_t seconds;  ///< 1 at least; the kernel takes 0 as "unchanged"
};
/// `value` is null for a removal. There is no update: a daemon is stopped and started.
struct DaemonWrite {
  Verb verb;  ///< add or remove
  DaemonRole role;
  const SyncDaemon* value;
};
using IpvsWrite = std::variant<ServiceWrite, DestinationWrite, TimeoutWrite, DaemonWrite>;

/// IPVS tables of this network namespace. Needs CAP_NET_ADMIN in the initial user namespace, for reads too.
class Ipvs {
 public:
  virtual ~Ipvs() = default;
  /// Whether the kernel has IPVS now. Asks without loading the module.
  virtual bool present() = 0;
  /// Loads the module where the kernel can; an error says how to load it by hand. Services and destinations come sorted
  /// by key, each key once. Values are normalised.
  virtual Result<IpvsTable> dump() = 0;
  /// The same with these services only; those that do not exist are left out.
  virtual Result<IpvsTable> dump(std::span<const ServiceKey> keys) = 0;
  /// How many IPv4 services there are, firewall marks included (the kernel has no count of the others). One system
  /// call, which never loads the module: it tells a flushed table without reading it.
  virtual Result<std::size_t> count_ipv4_services() = 0;
  /// Whether this service is there.
  virtual Result<bool> has(const ServiceKey& key) = 0;
  /// EEXIST: an added object is there; ESRCH: the service or daemon is not; ENOENT: the destination, or a scheduler or
  /// engine module, is not; ENODEV: a daemon's interface is not.
  virtual std::vector<int> write(std::span<const IpvsWrite> writes) = 0;
};

struct ObservedAddress {
  AddressKey key;
  Address value;
  std::uint8_t protocol = 0;  ///< IFA_PROTO; 0 where the kernel is older than 5.18 or nobody set it
  bool secondary = false;     ///< goes when the primary address of its subnet does, unless promote_secondaries is set
  bool finite = false;        ///< has a lifetime: somebody renews it (DHCP, router advertisements)
};

/// IFA_PROTO of the addresses that Ballast adds.
inline constexpr std::uint8_t address_protocol = 0xba;

/// `value` is null for a removal. There is no update: RTM_NEWADDR changes neither scope nor label.
struct AddressWrite {
  Verb verb;  ///< add or remove
  const AddressKey* key;
  const Address* value;
};

struct ObservedLink {
  std::string name;
  int index = 0;
  bool up = false;  ///< IFF_UP: administratively up
};

/// `verb` add: makes the fallback device of that name appear by loading its module (tunl0: ipip, gre0: ip_gre, ip6tnl0:
/// ip6_tunnel, ip6gre0: ip6_gre) and sets it up or down; update: sets an existing device up or down.
struct LinkWrite {
  Verb verb;  ///< add or update
  const std::string* name;
  const Link* value;
};

/// Addresses and devices of this network namespace (rtnetlink).
class Network {
 public:
  virtual ~Network() = default;
  virtual Result<std::vector<ObservedAddress>> dump_addresses() = 0;
  virtual Result<std::vector<ObservedLink>> dump_links() = 0;
  /// ENODEV: no such interface; EEXIST: an added address is there; EADDRNOTAVAIL: a removed one is not. An IPv6 address
  /// is usable at once (no duplicate address detection).
  virtual std::vector<int> write(std::span<const AddressWrite> writes) = 0;
  virtual std::vector<int> write(std::span<const LinkWrite> writes) = 0;
};

/// Kernel parameters of this network namespace (/proc/sys).
class Sysctls {
 public:
  virtual ~Sysctls() = default;
  /// Errors carry errno: ENOENT: there is no such parameter here; EACCES: it may not be read.
  virtual Result<SysctlValue> read(const SysctlKey& key) = 0;
  /// 0 or errno: EROFS and EACCES: it may not be written; EINVAL: the kernel refuses this value.
  virtual int write(const SysctlKey& key, const SysctlValue& value) = 0;
};

using PacketRulesMap = std::map<ServiceKey, PacketRules>;

struct PacketTable {
  bool present = false;  ///< whether there is the table at all
  PacketRulesMap rules;
};

/// The packet filter's part in IPVS services (nftables): one table, which is Ballast's alone, replaced as a whole.
/// Connections that it has changed go on when it is replaced, and when it goes.
class PacketFilter {
 public:
  virtual ~PacketFilter() = default;
  /// A table that is not as write() makes it has `damaged` in all of its rules. ENOENT: no program to ask by.
  virtual Result<PacketTable> read() = 0;
  /// Without any rules the table goes. All of it happens at once, or nothing.
  virtual Result<void> write(const PacketRulesMap& rules) = 0;
};

/// All of it, as one argument.
struct Kernel {
  Ipvs& ipvs;
  Network& network;
  Sysctls& sysctls;
  PacketFilter& packet_filter;
};

}  // namespace ballast
