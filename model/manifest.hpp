// What the operator wrote, as plain values: one struct for each kind of document. Read by model/reader, checked by
// model/validate, projected on a node by model/render. Knows nothing of any kernel.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/checks.hpp"
#include "model/ip.hpp"
#include "model/notify.hpp"
#include "model/origin.hpp"
#include "model/state.hpp"
#include "model/virtual_router.hpp"

namespace ballast {

using NodeList = std::vector<Located<std::string>>;

struct Persistence {
  Located<std::chrono::milliseconds> timeout{std::chrono::seconds{300}, {}};  ///< whole seconds
  std::optional<Located<std::uint32_t>> granularity;  ///< IPv4 netmask in host order, or IPv6 prefix length
  Family granularity_family = Family::ipv4;           ///< how the granularity was written: netmask or length
  std::optional<Located<std::string>> engine;         ///< "sip"
};

struct TunnelSpec {
  Located<TunnelType> type{};
  std::optional<Located<std::uint16_t>> port;  ///< gue
  Located<TunnelChecksum> checksum{};
};

/// What the SYN proxy promises to clients before it knows the real server: those of a Linux server on Ethernet.
struct SynProxySpec {
  Located<std::uint16_t> mss{1460, {}};
  Located<std::uint8_t> window_scale{7, {}};
  Origin origin;
};

/// Null where absent, as it mostly is: it then takes no room in a pool of thousands.
using SharedTunnel = std::shared_ptr<const TunnelSpec>;

/// A real server as a member of a pool. What is absent is the service's.
struct Member {
  Located<IpAddress> address;
  std::optional<Located<std::uint16_t>> port;
  Located<std::uint32_t> weight{1, {}};
  Located<std::uint32_t> upper_threshold{};
  Located<std::uint32_t> lower_threshold{};
  std::optional<Located<Forwarding>> forwarding;
  SharedTunnel tunnel;
  MemberState state = MemberState::enabled;
  Origin origin;
};

struct Pool {
  Header header;
  std::vector<Member> members;
  std::vector<Check> checks;
  HealthPolicy health;
};

/// The server of last resort of a service.
struct SorryServer {
  Located<IpAddress> address;
  std::optional<Located<std::uint16_t>> port;
  std::optional<Located<Forwarding>> forwarding;
  Origin origin;
};

enum class SchedulerFlag : std::uint8_t { sh_port, sh_fallback, mh_port, mh_fallback, ops };

struct VirtualService {
  Header header;
  std::optional<Located<IpAddress>> address;
  std::optional<Located<std::uint32_t>> fwmark;  ///< instead of address, port and protocol
  std::optional<Located<Family>> family;         ///< of a fwmark service; else the address says it
  std::optional<Located<std::uint16_t>> port;
  std::optional<Located<Protocol>> protocol;  ///< TCP where absent
  Located<std::string> scheduler{"wlc", {}};
  std::vector<Located<SchedulerFlag>> scheduler_flags;
  Located<Forwarding> forwarding;  ///< required
  SharedTunnel tunnel;
  std::optional<Persistence> persistence;
  Located<bool> source_nat{};
  std::optional<SynProxySpec> syn_proxy;
  Located<std::string> pool;
  std::optional<SorryServer> sorry_server;
  NodeList nodes;  ///< where absent: those of the VirtualRouter or Address that holds the address
  ServiceNotify notify;
};

/// Whether the packet filter has a part in it.
inline bool has_packet_rules(const VirtualService& service) {
  return service.source_nat.value || service.syn_proxy.has_value();
}

/// What such services want to be 1 on their directors.
inline constexpr std::string_view ipvs_conntrack = "net.ipv4.vs.conntrack";

/// What a machine must look like to answer for a VIP behind DR or TUN.
struct RealServer {
  Header header;
  NodeList nodes;
  std::vector<Located<std::string>> pools;
  std::vector<Located<IpAddress>> addresses;
  std::vector<Located<std::string>> tunnels;  ///< devices to bring up: see tunnel_devices
};

/// The kernel's fallback tunnel devices, which take packets of any peer, and the modules that bring them.
inline constexpr std::string_view tunnel_devices[] = {"tunl0", "gre0", "ip6tnl0", "ip6gre0", "sit0"};

/// Whether IPv4 packets come out of it, which rp_filter then judges.
constexpr bool carries_ipv4(std::string_view tunnel_device) {
  return tunnel_device != "sit0" && tunnel_device != "ip6tnl0";
}

struct SysctlSetting {
  Located<std::string> name;
  Located<std::string> value;
};

/// The defaults of IPVS connection synchronisation (net/netfilter/ipvs/ip_vs_sync.c: IP_VS_SYNC_GROUP,
/// IP_VS_SYNC_PORT).
inline constexpr std::string_view sync_group = "224.0.0.81";
inline constexpr std::uint16_t sync_port = 8848;

/// Connections are handed to the nodes that may take over. What runs follows a VirtualRouter's role, or is said.
struct SyncDaemonSpec {
  std::optional<Located<std::string>> router;
  std::optional<Located<DaemonRole>> role;  ///< instead of router
  Located<std::string> interface;
  Located<std::uint32_t> sync_id;
  std::optional<Located<std::uint16_t>> max_length;
  std::optional<Located<IpAddress>> group;
  Located<std::uint16_t> port{sync_port, {}};
  Located<std::uint8_t> ttl{1, {}};
  Origin origin;
};

/// Node-wide IPVS settings.
struct Director {
  Header header;
  NodeList nodes;
  std::vector<std::pair<Timer, Located<std::chrono::milliseconds>>> timeouts;  ///< whole seconds
  std::vector<SysctlSetting> sysctls;
  std::optional<SyncDaemonSpec> sync_daemon;
  NodeNotify notify;
};

struct SysctlDocument {
  Header header;
  NodeList nodes;
  std::vector<SysctlSetting> values;
};

/// A static VIP, held without VRRP.
struct AddressDocument {
  Header header;
  NodeList nodes;
  Located<std::string> interface;
  Located<Prefix> address;
  std::optional<Located<Scope>> scope;  ///< where absent: host on lo, else global
  std::optional<Located<std::string>> label;
};

/// All documents of all files, in reading order.
struct Manifest {
  std::vector<VirtualRouter> virtual_routers;
  std::vector<VirtualService> virtual_services;
  std::vector<Pool> pools;
  std::vector<RealServer> real_servers;
  std::vector<Director> directors;
  std::vector<SysctlDocument> sysctls;
  std::vector<AddressDocument> addresses;
};

/// The most bytes that one source text may have.
inline constexpr std::size_t largest_manifest = std::size_t{32} << 20;

/// One source text with the name that diagnostics give it.
struct SourceText {
  std::string name;
  std::string text;
};

struct ReadOutcome {
  Manifest manifest;        ///< complete only where diagnostics is empty
  Diagnostics diagnostics;  ///< sorted as read: by file, then line
};

/// Reads the documents of all texts. Every mistake is reported, not the first; a text that is not YAML at all gives one
/// diagnostic and the others are still read. Never throws.
ReadOutcome read_manifest(const std::vector<SourceText>& texts);

/// Everything that is wrong beyond a single field: duplicate names, dangling references, values that exclude each
/// other.
Diagnostics validate(const Manifest& manifest);

/// Both, as every command does: read, and validate what could be read.
ReadOutcome read_and_validate(const std::vector<SourceText>& texts);

/// The names of all nodes that any document mentions, sorted, each once.
std::vector<std::string_view> node_names(const Manifest& manifest);

}  // namespace ballast
