// VRRP groups as the operator wrote them (kind VirtualRouter): plain values, part of the manifest.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/ip.hpp"
#include "model/origin.hpp"
#include "model/state.hpp"

namespace ballast {

/// What every document has. `origin` points at the name and carries "Kind/name".
struct Header {
  std::string name;
  Origin origin;
};

/// A VIP: written as "192.0.2.1/24", or as an object where it needs more.
struct VirtualAddress {
  Located<Prefix> address;
  std::optional<Located<std::string>> interface;  ///< where it is held, if not on the router's
  std::optional<Located<std::string>> label;      ///< "eth0:0", IPv4 only
  Located<bool> advertised{true, {}};             ///< false: held, but not in the packets, which have room for 255
};

/// One of a VirtualRouter's nodes.
struct Router {
  Located<std::string> node;
  Located<int> priority{100, {}};                 ///< 1-254, 255 is the owner
  std::optional<Located<std::string>> interface;  ///< overrides the VirtualRouter's
  std::optional<Located<IpAddress>> source;       ///< that advertisements are sent from; else the interface's primary
};

enum class AuthenticationType : std::uint8_t { pass, ah };

/// VRRPv2 only. The password is given here or in a file, whose path is kept; neither is ever printed.
struct GroupAuthentication {
  Located<AuthenticationType> type{};
  std::optional<Located<std::string>> password;       ///< 1-8 bytes
  std::optional<Located<std::string>> password_file;  ///< absolute path
  Origin origin;
};

/// The most bytes that VRRPv2 carries of a password (RFC 2338 section 5.3.10).
inline constexpr std::size_t longest_vrrp_password = 8;

/// A program of the operator's.
struct Program {
  std::vector<Located<std::string>> command;  ///< absolute path and arguments; with `shell` one text
  bool one_text = false;                      ///< how the command was written
  Located<bool> shell{};                      ///< /bin/sh runs the text
  std::optional<Located<std::string>> user;   ///< whom it runs as; else an unprivileged user
  Origin origin;

  [[nodiscard]] std::vector<std::string> argv() const;
};

/// Passes where the program exits with 0 in time.
struct ScriptCheck : Program {
  Located<std::chrono::milliseconds> timeout{std::chrono::seconds{1}, {}};
};

enum class InitialState : std::uint8_t { unknown, passed, failed };

/// What a router's priority depends on: exactly one of interface, script, process, file.
struct Track {
  std::optional<Located<std::string>> interface;
  std::optional<ScriptCheck> script;
  std::optional<Located<std::string>> process;  ///< by name
  std::optional<Located<std::string>> file;     ///< passes while it exists; absolute path
  Located<int> weight{};                        ///< -253..253; 0: FAULT while it fails
  // Not for an interface, which the kernel tells about:
  Located<std::chrono::milliseconds> interval{std::chrono::seconds{1}, {}};
  Located<int> rise{1, {}};
  Located<int> fall{1, {}};
  Located<InitialState> initial{};
  Origin origin;
};

/// Gratuitous ARP, or unsolicited neighbour advertisements: how a new MASTER tells its neighbours.
struct Announcements {
  Located<int> count{5, {}};                                              ///< of each VIP, at once
  Located<std::chrono::milliseconds> delay{std::chrono::seconds{5}, {}};  ///< after which once more; 0: not
  Located<std::chrono::milliseconds> refresh{};                           ///< again for ever, this often; 0: not
  Located<int> refresh_count{1, {}};                                      ///< of each VIP at a refresh
  Located<std::chrono::milliseconds> pacing{};                            ///< between two packets
};

/// One VRRP instance: which of these nodes holds the VIPs now.
struct VirtualRouter {
  Header header;
  Located<int> virtual_router_id;
  std::optional<Located<std::string>> interface;  ///< a router may override it; then it may be absent
  Located<int> version{3, {}};
  Located<std::chrono::milliseconds> advertisement_interval{std::chrono::seconds{1}, {}};
  bool preempt = true;
  Located<std::chrono::milliseconds> preempt_delay{};
  std::vector<VirtualAddress> addresses;  ///< all of one family
  std::vector<Router> routers;
  std::optional<GroupAuthentication> authentication;
  Located<bool> unicast{};                         ///< to the other routers' sources
  std::optional<Located<std::string>> sync_group;  ///< VirtualRouters of one name change together
  Located<bool> virtual_mac{};                     ///< VIPs answer with 00:00:5e:00:01:VRID (IPv6: 00:00:5e:00:02:VRID)
  Announcements announce;
  std::vector<Track> track;
  std::optional<Program> notify;  ///< run at each change of role

  [[nodiscard]] Family family() const { return addresses.front().address.value.address.family(); }
};

/// The router of that node; null where it is none.
const Router* find_router(const VirtualRouter& group, std::string_view node);

/// Where this router sends advertisements.
const std::string& interface_of(const VirtualRouter& group, const Router& router);

/// The device of a group's virtual MAC: "vrrp.41", for IPv6 "vrrp6.41".
std::string virtual_mac_device(Family family, int vrid);

/// Where this router holds that VIP, and with what label.
AddressKey address_key(const VirtualRouter& group, const Router& router, const VirtualAddress& address);
Address address_value(const VirtualAddress& address);

/// How many addresses an advertisement carries on a link with an MTU of 1500 (RFC 9568 section 5.2, RFC 3768 section
/// 5.3); 255 at most, as an octet counts them.
std::size_t most_virtual_addresses(Family family, int version, bool authentication_header);

}  // namespace ballast
