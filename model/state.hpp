// What a kernel holds or shall hold, as ordered maps from key (identity) to value (everything else).
// Observed and desired have this one type, so that one diff serves all kinds. Kernel defaults are normalised before
// comparing: equal means equal, and a second apply writes nothing.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "model/ip.hpp"
#include "model/origin.hpp"

namespace ballast {

enum class Protocol : std::uint8_t { none = 0, tcp = 6, udp = 17, sctp = 132 };  ///< IP protocol numbers

/// An IPVS service: protocol, address and port; or a firewall mark, then protocol is none, port 0 and the address the
/// unspecified one of the service's family.
struct ServiceKey {
  IpAddress address;
  Protocol protocol = Protocol::none;
  std::uint16_t port = 0;  ///< 0 with a protocol: every port of the address (persistent services only)
  std::uint32_t fwmark = 0;

  static ServiceKey of_fwmark(Family family, std::uint32_t mark);
  /// The reverse of text().
  static std::optional<ServiceKey> parse(std::string_view text);
  [[nodiscard]] bool is_fwmark() const { return fwmark != 0; }
  [[nodiscard]] Family family() const { return address.family(); }
  /// "tcp 192.0.2.1:80", "fwmark 7", "fwmark 7 (IPv6)"
  [[nodiscard]] std::string text() const;

  friend auto operator<=>(const ServiceKey&, const ServiceKey&) = default;
};

/// Bits of Service::flags, as in the kernel's linux/ip_vs.h (a driver asserts that they are equal).
struct ServiceFlag {
  static constexpr std::uint32_t persistent = 0x1;
  static constexpr std::uint32_t one_packet = 0x4;   ///< ops
  static constexpr std::uint32_t scheduler1 = 0x8;   ///< sh-fallback, mh-fallback
  static constexpr std::uint32_t scheduler2 = 0x10;  ///< sh-port, mh-port
  static constexpr std::uint32_t scheduler3 = 0x20;
  static constexpr std::uint32_t all = 0x3d;
};

/// The value of an IPVS service.
struct Service {
  std::string scheduler;                  ///< the kernel's name: "wrr"
  std::uint32_t flags = 0;                ///< ServiceFlag bits
  std::uint32_t persistence_seconds = 0;  ///< 0 unless persistent
  std::uint32_t granularity = 0;          ///< IPv4: netmask as a host-order number; IPv6: prefix length
  std::string persistence_engine;         ///< "sip" or empty

  [[nodiscard]] bool persistent() const { return (flags & ServiceFlag::persistent) != 0; }
  friend bool operator==(const Service&, const Service&) = default;
};

/// The granularity that means "each client by itself": 255.255.255.255 or 128.
std::uint32_t host_granularity(Family family);

/// Makes equal mean equal: without persistence neither timeout nor granularity matter to the kernel.
void normalise(const ServiceKey& key, Service& service);

enum class Forwarding : std::uint8_t { nat = 0, local = 1, tun = 2, dr = 3, bypass = 4 };  ///< IP_VS_CONN_F_FWD_MASK
enum class TunnelType : std::uint8_t { ipip = 0, gue = 1, gre = 2 };          ///< IP_VS_CONN_F_TUNNEL_TYPE_*
enum class TunnelChecksum : std::uint8_t { none = 0, full = 1, remote = 2 };  ///< IP_VS_TUNNEL_ENCAP_FLAG_*

/// How a TUN destination is reached; all defaults with other forwarding methods.
struct Tunnel {
  TunnelType type = TunnelType::ipip;
  std::uint16_t port = 0;  ///< gue only: the receiver's UDP port
  TunnelChecksum checksum = TunnelChecksum::none;

  friend bool operator==(const Tunnel&, const Tunnel&) = default;
};

struct DestinationKey {
  ServiceKey service;
  IpAddress address;
  std::uint16_t port = 0;

  friend auto operator<=>(const DestinationKey&, const DestinationKey&) = default;
};

struct Destination {
  Forwarding forwarding = Forwarding::nat;
  std::uint32_t weight = 1;           ///< 0: existing connections stay, new ones go elsewhere
  std::uint32_t upper_threshold = 0;  ///< connections above which no new ones come; 0: unlimited
  std::uint32_t lower_threshold = 0;  ///< connections below which new ones come again
  Tunnel tunnel;

  friend bool operator==(const Destination&, const Destination&) = default;
};

struct AddressKey {
  std::string interface;
  Prefix prefix;

  /// "192.0.2.1/24 on eth0"
  [[nodiscard]] std::string text() const;
  friend auto operator<=>(const AddressKey&, const AddressKey&) = default;
};

enum class Scope : std::uint8_t { global = 0, site = 200, link = 253, host = 254 };  ///< rtnetlink's RT_SCOPE_*

struct Address {
  Scope scope = Scope::global;
  std::string label;  ///< IPv4 only ("eth0:0"); empty where the manifest asks for none or it is the interface's name

  friend bool operator==(const Address&, const Address&) = default;
};

/// Makes equal mean equal: the scope of an IPv6 address follows from the address, whatever was asked for.
void normalise(const AddressKey& key, Address& address);

/// A kernel parameter below /proc/sys; the key is its dotted name ("net.ipv4.conf.all.arp_ignore"; a dot within an
/// interface's name is written as a slash, as sysctl(8) does).
using SysctlKey = std::string;
/// Its value; runs of blanks and tabs are one blank.
using SysctlValue = std::string;

/// IPVS connection timeouts (ipvsadm --set).
enum class Timer : std::uint8_t { tcp, tcp_fin, udp };

/// IPVS connection synchronisation (ipvsadm --start-daemon): the master sends what the backup takes in. One of each can
/// run at a time. The kernel's IP_VS_STATE_MASTER and IP_VS_STATE_BACKUP.
enum class DaemonRole : std::uint8_t { master = 1, backup = 2 };

struct SyncDaemon {
  std::string interface;
  std::uint32_t sync_id = 0;  ///< 0-255; a backup with 0 takes what any master sends
  IpAddress group;            ///< multicast
  std::uint16_t port = 0;
  std::uint8_t ttl = 0;
  std::uint16_t max_length = 0;  ///< of a datagram's payload in bytes; wanted 0: the kernel's choice

  friend bool operator==(const SyncDaemon&, const SyncDaemon&) = default;
};

/// Whether a daemon that runs like this need not be started anew to be as wanted.
bool satisfies(const SyncDaemon& running, const SyncDaemon& wanted);

/// The handshake that the kernel's SYN proxy makes with clients in the real servers' stead, before it knows theirs.
struct SynProxy {
  std::uint16_t mss = 0;
  std::uint8_t window_scale = 0;

  friend bool operator==(const SynProxy&, const SynProxy&) = default;
};

/// What the packet filter (nftables) does around an IPVS service, known by the service's key.
struct PacketRules {
  bool source_nat = false;  ///< real servers see the director's address ("FullNAT")
  std::optional<SynProxy> syn_proxy;
  bool damaged = false;  ///< observed only: the table is not as Ballast makes it

  friend bool operator==(const PacketRules&, const PacketRules&) = default;
};

/// A device of the kernel that Ballast brings up but never deletes: the fallback tunnel devices (tunl0, gre0, ...).
struct Link {
  bool up = false;
  friend bool operator==(const Link&, const Link&) = default;
};

template <class Value>
struct Entry {
  Value value;
  Origin origin;  ///< unknown in observed states; never part of a comparison
};

template <class Key, class Value>
using Table = std::map<Key, Entry<Value>>;

struct State {
  Table<SysctlKey, SysctlValue> sysctls;
  Table<std::string, Link> links;
  Table<Timer, std::uint32_t> timeouts;  ///< seconds
  Table<DaemonRole, SyncDaemon> daemons;
  Table<ServiceKey, PacketRules> packet_rules;
  Table<ServiceKey, Service> services;
  Table<DestinationKey, Destination> destinations;
  Table<AddressKey, Address> addresses;
};

// The field's words for the values above, used by every reader and printer.
std::string_view text_of(Protocol protocol);      ///< "TCP"
std::string_view text_of(Forwarding forwarding);  ///< "DR"
std::string_view text_of(TunnelType type);        ///< "gue"
std::string_view text_of(TunnelChecksum checksum);
std::string_view text_of(Scope scope);      ///< "host"
std::string_view text_of(Timer timer);      ///< "tcpFin"
std::string_view text_of(DaemonRole role);  ///< "master"

}  // namespace ballast
