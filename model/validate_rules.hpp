// What the parts of validation share. Each part checks one group of kinds and reports what it finds; none is quadratic.
#pragma once

#include <deque>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/manifest.hpp"
#include "model/report.hpp"

namespace ballast {

/// What could not be read. Rules that complain about an absence keep quiet where it may be the reader's doing.
struct Gaps {
  bool documents = false;                ///< a document of unknown kind or name, or the rest of a broken text
  std::set<const std::string*> objects;  ///< Origin::object of those with a value missing; null: the nameless
  [[nodiscard]] bool in(const Header& header) const { return objects.contains(header.origin.object()); }
  [[nodiscard]] bool in_kind(std::string_view kind) const;
};

struct Hash {
  std::size_t operator()(const IpAddress& address) const {
    const auto& bytes = address.bytes();
    return std::hash<std::string_view>()({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
};

/// Of the router that has the VIPs as its own addresses (RFC 9568 section 6.1): tracking does not change it.
inline constexpr int owner_priority = 255;

/// Somebody who holds an address: a VirtualRouter or an Address document.
struct Holder {
  const Header* header = nullptr;
  Origin origin;  ///< of the address
  std::span<const std::string_view> nodes;
};

/// What one pool's members ask for, by the forwarding they override (or not): lets a service be checked against a pool
/// of thousands without looking at each member, unless one is wrong.
struct PoolDigest {
  struct Class {
    bool ipv4 = false;
    bool ipv6 = false;
    bool tunnel = false;
    std::uint32_t ports = 0;      ///< different explicit ports: 0, 1 or 2 for more
    std::uint16_t only_port = 0;  ///< where there is one
    [[nodiscard]] bool any() const { return ipv4 || ipv6; }
  };
  const Pool* pool = nullptr;
  Class inherit, dr, nat, tun;
  std::vector<const Member*> by_address;  ///< those whose address was read
  /// Ports under which an address is listed both with this port and without any.
  std::unordered_map<std::uint16_t, std::vector<const Member*>> ambiguous;
  bool serves_vip = false;         ///< a service with an address reaches members through DR or TUN
  std::string unreceivable;        ///< why a real server cannot be set up for a service that uses it; empty: it can
  bool serves_incomplete = false;  ///< a service that could not be read in full uses it

  Class& of(const std::optional<Located<Forwarding>>& forwarding);
};

struct Validation {
  const Manifest& manifest;
  const Gaps& gaps;
  Report& report;

  std::unordered_map<std::string_view, PoolDigest> pools{};
  std::unordered_map<IpAddress, std::vector<Holder>, Hash> holders{};
  std::deque<std::vector<std::string_view>> node_lists{};  ///< behind Holder::nodes
  std::vector<std::string_view> pool_names{};              ///< for suggestions
  std::size_t comparisons = 0;                             ///< made for suggestions
};

// In this order: later ones use what earlier ones have indexed.
void validate_names(Validation& validation);
void validate_routers(Validation& validation);
void validate_addresses(Validation& validation);
void validate_pools(Validation& validation);
void validate_services(Validation& validation);
void validate_real_servers(Validation& validation);
void validate_node_settings(Validation& validation);
void validate_sync_daemons(Validation& validation);

// Leaves that several parts use.

/// Node named twice in one list.
void check_nodes(Validation& validation, const NodeList& nodes);
/// Multicast, unspecified, loopback, broadcast: what no VIP can be. Returns whether it complained.
bool check_vip(Validation& validation, const Located<IpAddress>& address);
/// The same, and the network's own address.
void check_vip(Validation& validation, const Located<Prefix>& prefix);
/// An address's name in ifconfig's style on `interface`. Returns whether it complained.
bool check_label(Validation& validation, const Located<std::string>& label, const Located<Prefix>& address,
                 std::string_view interface);
/// A program of the operator's: how its command is written.
void check_program(Validation& validation, const Program& program, const Header& header);
/// Whom a service, or a node, tells.
void check_notify(Validation& validation, const ServiceNotify& notify, const Header& header);
void check_notify(Validation& validation, const NodeNotify& notify, const Header& header);
/// A pool's checks and what follows from them.
void check_pool_health(Validation& validation, const PoolDigest& digest);
/// What a VirtualRouter tracks and runs, and how it announces.
void check_tracking(Validation& validation, const VirtualRouter& router);
/// How its routers know and reach one another.
void check_peers(Validation& validation, const VirtualRouter& router);
/// That the members of each sync group stand on the same nodes.
void check_sync_groups(Validation& validation);
/// One tunnel by itself: what its type needs and does not know.
void check_tunnel(Validation& validation, const TunnelSpec& tunnel, const Header& header);
/// The pool of that name; null after a complaint with a suggestion.
PoolDigest* find_pool(Validation& validation, const Located<std::string>& name);

/// The nodes that program a service; once addresses are validated.
std::vector<std::string_view> nodes_of(const Validation& validation, const VirtualService& service);

/// " (first at web.yaml:3:5)"
std::string first_at(const Origin& first);
/// "Pool/nginx" of the object that a value belongs to.
std::string_view object_of(const Origin& origin);

/// All of it.
void validate(const Manifest& manifest, const Gaps& gaps, Report& report);

}  // namespace ballast
