// What was observed, and the plan that makes it what is wanted. Plain values: diff prints them, apply carries them out,
// the controller does both; all from the same plan object.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "drivers/kernel.hpp"
#include "model/state.hpp"

namespace ballast {

/// One object to change.
template <class Key, class Value>
struct Change {
  Verb verb;
  Key key;
  std::optional<Value> before;
  std::optional<Value> after;
  Origin origin;
  bool wanted = true;  ///< false: no manifest wants the object; it is removed, or its former value is given back
};

template <class Key, class Value>
using Changes = std::vector<Change<Key, Value>>;

/// A service, daemon, address or device that somebody else made: left alone, and listed.
struct Foreign {
  std::string object;  ///< "service tcp 192.0.2.1:80"
  std::string detail;  ///< "2 destinations"
};

/// Something that the plan cannot reach, known before it is carried out.
struct Warning {
  Origin origin;
  std::string text;
};

enum class Kind : std::uint8_t { link, sysctl, timeout, service, destination, address, daemon, packet_rules };
inline constexpr std::size_t kind_count = 8;

/// In the order in which apply works: top to bottom for additions and updates, bottom to top for removals.
struct Plan {
  Changes<std::string, Link> links;
  Changes<SysctlKey, SysctlValue> sysctls;
  Changes<Timer, std::uint32_t> timeouts;
  Changes<DaemonRole, SyncDaemon> daemons;
  Changes<ServiceKey, PacketRules> packet_rules;
  Changes<ServiceKey, Service> services;              ///< removing one removes its destinations with it
  Changes<DestinationKey, Destination> destinations;  ///< never of a service that is removed
  Changes<AddressKey, Address> addresses;
  std::vector<Foreign> foreign;
  std::vector<Warning> warnings;

  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] bool empty() const { return size() == 0; }
};

/// Calls visit(kind, member of Plan, member of State) for each kind, in the plan's order.
template <class Visit>
void for_each_kind(Visit visit) {
  visit(Kind::link, &Plan::links, &State::links);
  visit(Kind::sysctl, &Plan::sysctls, &State::sysctls);
  visit(Kind::timeout, &Plan::timeouts, &State::timeouts);
  visit(Kind::daemon, &Plan::daemons, &State::daemons);
  visit(Kind::packet_rules, &Plan::packet_rules, &State::packet_rules);
  visit(Kind::service, &Plan::services, &State::services);
  visit(Kind::destination, &Plan::destinations, &State::destinations);
  visit(Kind::address, &Plan::addresses, &State::addresses);
}

inline std::size_t Plan::size() const {
  std::size_t all = 0;
  for_each_kind([&](Kind, auto changes, auto) { all += (this->*changes).size(); });
  return all;
}

/// What the kernel says of an address beside its value.
struct AddressFacts {
  std::uint8_t protocol = 0;
  bool secondary = false;
  bool finite = false;
};

/// Everything that was seen. Sysctls, timeouts and packet rules only as far as somebody wants or owns them.
struct Observation {
  State state;
  std::map<DestinationKey, Connections> connections;  ///< only destinations that have any
  std::map<AddressKey, AddressFacts> address_facts;
  std::set<std::string> interfaces;
  std::map<SysctlKey, int> unreadable_sysctls;  ///< errno
  std::optional<Error> unreadable_packet_rules;
};

/// What Ballast answers for on this node, and what was there before it.
struct Ownership {
  std::set<DaemonRole> daemons;
  std::set<ServiceKey> packet_rules;
  std::set<ServiceKey> services;
  std::set<AddressKey> addresses;
  std::map<SysctlKey, SysctlValue> former_sysctls;
  std::map<Timer, std::uint32_t> former_timeouts;
  std::map<std::string, bool> former_links;  ///< whether it was up

  friend bool operator==(const Ownership&, const Ownership&) = default;
};

}  // namespace ballast
