// Every field of every kind, one table for each object: name, meaning, default, limits. (VirtualRouter:
// router_fields.cpp)
#include <algorithm>
#include <limits>

#include "model/check_fields.hpp"
#include "model/limits.hpp"
#include "model/notify_fields.hpp"
#include "model/read_object.hpp"
#include "model/router_fields.hpp"

namespace ballast {

namespace {

constexpr std::int64_t second = 1000;
constexpr std::int64_t minute = 60 * second;
constexpr std::int64_t day = 24 * 60 * minute;
constexpr std::int64_t highest_port = 65535;
constexpr std::int64_t longest_persistence = 31 * day;  // ipvsadm's limit
// ip_vs_set_timeout (net/netfilter/ipvs/ip_vs_ctl.c): at most INT_MAX jiffies; with the fastest clock, 1000 a second.
constexpr std::int64_t longest_timer = std::int64_t{std::numeric_limits<int>::max() / 1000} * second;

constexpr FieldOptions required_name{.required = true, .type = FieldType::name};
constexpr FieldOptions required_nodes{.required = true, .min_items = 1, .type = FieldType::name};

constexpr std::string_view schedulers[] = {"rr", "wrr", "lc",  "wlc", "lblc", "lblcr", "dh",
                                           "sh", "mh",  "sed", "nq",  "fo",   "ovf"};
constexpr std::string_view engines[] = {"sip"};

}  // namespace

bool is_scheduler(std::string_view word) {
  return std::find(std::begin(schedulers), std::end(schedulers), word) != std::end(schedulers);
}

template <>
inline constexpr auto words<Protocol> =
    std::to_array<Word<Protocol>>({{"TCP", Protocol::tcp}, {"UDP", Protocol::udp}, {"SCTP", Protocol::sctp}});
template <>
inline constexpr auto words<Forwarding> =
    std::to_array<Word<Forwarding>>({{"DR", Forwarding::dr}, {"NAT", Forwarding::nat}, {"TUN", Forwarding::tun}});
template <>
inline constexpr auto words<Family> = std::to_array<Word<Family>>({{"IPv4", Family::ipv4}, {"IPv6", Family::ipv6}});
template <>
inline constexpr auto words<TunnelType> =
    std::to_array<Word<TunnelType>>({{"ipip", TunnelType::ipip}, {"gue", TunnelType::gue}, {"gre", TunnelType::gre}});
template <>
inline constexpr auto words<TunnelChecksum> = std::to_array<Word<TunnelChecksum>>({{"none", TunnelChecksum::none},
                                                                                   {"full", TunnelChecksum::full},
                                                                                   {"remote", TunnelChecksum::remote}});
template <>
inline constexpr auto words<Scope> = std::to_array<Word<Scope>>(
    {{"global", Scope::global}, {"link", Scope::link}, {"host", Scope::host}, {"site", Scope::site}});
template <>
inline constexpr auto words<SchedulerFlag> =
    std::to_array<Word<SchedulerFlag>>({{"sh-port", SchedulerFlag::sh_port},
                                        {"sh-fallback", SchedulerFlag::sh_fallback},
                                        {"mh-port", SchedulerFlag::mh_port},
                                        {"mh-fallback", SchedulerFlag::mh_fallback},
                                        {"ops", SchedulerFlag::ops}});
template <>
inline constexpr auto words<MemberState> = std::to_array<Word<MemberState>>({{"enabled", MemberState::enabled},
                                                                             {"drain", MemberState::drain},
                                                                             {"down", MemberState::down}});
template <>
inline constexpr auto words<DaemonRole> = std::to_array<Word<DaemonRole>>({{"master", DaemonRole::master},
                                                                           {"backup", DaemonRole::backup}});
template <>
inline constexpr auto words<CheckNeed> = std::to_array<Word<CheckNeed>>({{"all", CheckNeed::all},
                                                                         {"any", CheckNeed::any}});
template <>
inline constexpr auto words<OnFailure> = std::to_array<Word<OnFailure>>({{"remove", OnFailure::remove},
                                                                         {"quiesce", OnFailure::quiesce}});

// Nested objects come before those that hold them.

namespace {

constexpr FieldInfo tunnel_fields[] = {
    field<&TunnelSpec::type>("type", "How packets are wrapped.", {.default_text = "ipip"}),
    field<&TunnelSpec::port>("port", "UDP port of the receiver; gue only, and required there.",
                             {.minimum = 1, .maximum = highest_port}),
    field<&TunnelSpec::checksum>("checksum", "Checksum of the wrapping; gre knows none and full, gue all.",
                                 {.default_text = "none"}),
};
constexpr ObjectInfo tunnel_info{"tunnel", tunnel_fields};

}  // namespace

template <>
inline constexpr const ObjectInfo* object_info<TunnelSpec> = &tunnel_info;

namespace {

bool read_persistence_granularity(ReadContext& context, const FieldInfo& field, yaml::Node node, void* object) {
  auto& persistence = *static_cast<Persistence*>(object);
  std::uint32_t value = 0;
  if (!read_granularity(context, field, node, value, persistence.granularity_family)) return false;
  persistence.granularity = {value, context.origin(node)};
  return true;
}

constexpr FieldInfo persistence_fields[] = {
    field<&Persistence::timeout>("timeout", "How long after its last connection a client stays with its real server.",
                                 {.default_text = "300s", .minimum = second, .maximum = longest_persistence}),
    field_by("granularity", FieldType::granularity,
             "Clients of one such network count as one: a netmask, or for IPv6 a prefix length.",
             {.default_text = "255.255.255.255, for IPv6 128"}, read_persistence_granularity),
    field<&Persistence::engine>("engine", "Persistence engine: sip keeps a SIP Call-ID on its server (UDP only).",
                                {.words = engines}),
};
constexpr ObjectInfo persistence_info{"persistence", persistence_fields};

// TCP's least MSS is 88 (net/ipv4/tcp.c: TCP_MIN_MSS); RFC 7323 section 2.3 ends the scale at 14.
constexpr std::int64_t least_mss = 88;
constexpr std::int64_t highest_window_scale = 14;
constexpr FieldInfo syn_proxy_fields[] = {
    field<&SynProxySpec::mss>("mss", "Largest segment that clients are asked for, as the real servers would.",
                              {.default_text = "1460", .minimum = least_mss}),
    field<&SynProxySpec::window_scale>("windowScale",
                                       "Window scale that clients are told; no more than the real servers' own.",
                                       {.default_text = "7", .maximum = highest_window_scale}),
};
constexpr ObjectInfo syn_proxy_info{"synProxy", syn_proxy_fields};

constexpr FieldInfo sorry_server_fields[] = {
    field<&SorryServer::address>("address", "Its address.", {.required = true}),
    field<&SorryServer::port>("port", "Where it differs from the service's (NAT only).",
                              {.default_text = "the service's", .minimum = 1, .maximum = highest_port}),
    field<&SorryServer::forwarding>("forwarding", "Overrides the service's.", {.default_text = "the service's"}),
};
constexpr ObjectInfo sorry_server_info{"sorryServer", sorry_server_fields};

}  // namespace

template <>
inline constexpr const ObjectInfo* object_info<Persistence> = &persistence_info;
template <>
inline constexpr const ObjectInfo* object_info<SynProxySpec> = &syn_proxy_info;
template <>
inline constexpr const ObjectInfo* object_info<SorryServer> = &sorry_server_info;

namespace {

constexpr FieldInfo virtual_service_fields[] = {
    field<&VirtualService::address>("address", "The VIP; or 'fwmark' instead of it."),
    field<&VirtualService::fwmark>("fwmark", "Serves packets with this firewall mark, instead of an address.",
                                   {.minimum = 1}),
    field<&VirtualService::family>("family", "Address family of a fwmark service.", {.default_text = "IPv4"}),
    field<&VirtualService::port>("port", "0 with persistence: every port of the address.", {.maximum = highest_port}),
    field<&VirtualService::protocol>("protocol", "Transport protocol of an address service.", {.default_text = "TCP"}),
    field<&VirtualService::scheduler>("scheduler", "How the kernel chooses a real server.",
                                      {.default_text = "wlc", .words = schedulers}),
    field<&VirtualService::scheduler_flags>("schedulerFlags", "Options of the scheduler; ops: each datagram by itself.",
                                            {.min_items = 1}),
    field<&VirtualService::forwarding>("forwarding", "How packets reach a real server; a member may override it.",
                                       {.required = true}),
    field<&VirtualService::tunnel>("tunnel", "How TUN wraps packets."),
    field<&VirtualService::persistence>("persistence", "Keeps a client on one real server."),
    field<&VirtualService::source_nat>(
        "sourceNat", "Real servers see the director's address and may be in any network (FullNAT); NAT only.",
        {.default_text = "false"}),
    field<&VirtualService::syn_proxy>(
        "synProxy", "The director makes the handshake with clients: forged SYNs reach no real server; NAT only."),
    field<&VirtualService::pool>("pool", "Name of the Pool that serves it.", required_name),
    field<&VirtualService::sorry_server>("sorryServer", "Serves while no member can."),
    field<&VirtualService::nodes>("nodes", "The directors; where absent, the nodes that hold the address.",
                                  {.min_items = 1, .type = FieldType::name}),
    field<&VirtualService::notify>("notify", "Who is told when members go and come, and the quorum."),
};
constexpr std::string_view served[] = {"address", "fwmark"};
constexpr Choice virtual_service_choices[] = {{served}};
constexpr ObjectInfo virtual_service_info{"VirtualService", virtual_service_fields, virtual_service_choices};

constexpr FieldInfo member_fields[] = {
    field<&Member::address>("address", "The real server's address.", {.required = true}),
    field<&Member::port>("port", "Where it differs from the service's (NAT only).",
                         {.default_text = "the service's", .minimum = 1, .maximum = highest_port}),
    field<&Member::weight>("weight", "Share of new connections; 0 drains.",
                           {.default_text = "1", .maximum = highest_weight}),
    field<&Member::upper_threshold>("upperThreshold", "Connections above which no new ones come; 0: unlimited.",
                                    {.default_text = "0"}),
    field<&Member::lower_threshold>("lowerThreshold", "Connections below which new ones come again.",
                                    {.default_text = "0"}),
    field<&Member::forwarding>("forwarding", "Overrides the service's.", {.default_text = "the service's"}),
    field<&Member::tunnel>("tunnel", "Overrides the service's.", {.default_text = "the service's"}),
    field<&Member::state>("state", "drain: no new connections; down: as if it had failed.",
                          {.default_text = "enabled"}),
};
constexpr ObjectInfo member_info{"member", member_fields};

}  // namespace

template <>
inline constexpr const ObjectInfo* object_info<Member> = &member_info;

using Timeouts = std::vector<std::pair<Timer, Located<std::chrono::milliseconds>>>;
template <>
struct ValueOf<Timeouts> {
  using Type = Timeouts;
  static constexpr FieldShape shape = FieldShape::single;
};

namespace {

template <Timer timer>
bool read_timer(ReadContext& context, const FieldInfo& field, yaml::Node node, void* object) {
  Located<std::chrono::milliseconds> value;
  if (!read_value(context, field, node, value)) return false;
  static_cast<Timeouts*>(object)->emplace_back(timer, value);
  return true;
}

constexpr FieldOptions timer_limits{.minimum = second, .maximum = longest_timer};
constexpr FieldInfo timeouts_fields[] = {
    field_by("tcp", FieldType::duration, "Idle TCP connections.", timer_limits, read_timer<Timer::tcp>),
    field_by("tcpFin", FieldType::duration, "TCP connections after a FIN.", timer_limits, read_timer<Timer::tcp_fin>),
    field_by("udp", FieldType::duration, "Idle UDP flows.", timer_limits, read_timer<Timer::udp>),
};
constexpr ObjectInfo timeouts_info{"timeouts", timeouts_fields};

}  // namespace

template <>
inline constexpr const ObjectInfo* object_info<Timeouts> = &timeouts_info;

namespace {

/// A row of Pool that belongs to its HealthPolicy.
template <auto Field>
constexpr FieldInfo policy_field(std::string_view name, std::string_view doc, const FieldOptions& options = {}) {
  FieldInfo info = field<Field>(name, doc, options);
  info.read = [](ReadContext& context, const FieldInfo& row, yaml::Node node, void* object) {
    return read_value(context, row, node, static_cast<Pool*>(object)->health.*Field);
  };
  return info;
}

bool read_min_healthy(ReadContext& context, const FieldInfo& field, yaml::Node node, void* object) {
  constexpr std::size_t longest = 3;
  if (!is_value(context, field, node, "a percentage like 50%")) return false;
  std::string_view digits = node.text();
  const bool percent = digits.ends_with('%');
  if (percent) digits.remove_suffix(1);
  const bool number = all_digits(digits) && digits.size() <= longest;
  const int value = number ? std::stoi(std::string(digits)) : 0;
  constexpr int whole = 100;
  if (!percent || !number || value > whole) {
    return context.fail(node, cat(field.name, " must be 0%..100%, not ", in_quotes(node.text())));
  }
  static_cast<Pool*>(object)->health.min_healthy = {value, context.origin(node)};
  return true;
}

constexpr FieldInfo pool_fields[] = {
    field<&Pool::members>("members", "The real servers; write [] for none.", {.required = true}),
    field<&Pool::checks>("checks", "What a member must pass to get connections."),
    policy_field<&HealthPolicy::require>("require", "Which of several checks a member must pass.",
                                         {.default_text = "all"}),
    policy_field<&HealthPolicy::on_failure>(
        "onFailure", "What becomes of a failed member; quiesce: weight 0, which keeps its connections.",
        {.default_text = "remove"}),
    policy_field<&HealthPolicy::slow_start>("slowStart", "How long a member that returns takes to get all its weight.",
                                            {.default_text = "0s", .maximum = day}),
    policy_field<&HealthPolicy::drain>("drain", "How long a member that leaves keeps its connections.",
                                       {.default_text = "0s", .maximum = 31 * day}),
    policy_field<&HealthPolicy::quorum>("quorum", "Weight of healthy members below which a service is lost.",
                                        {.default_text = "1", .minimum = 1}),
    policy_field<&HealthPolicy::hysteresis>(
        "hysteresis", "Lost this much below the quorum, regained this much above it.", {.default_text = "0"}),
    field_by("minHealthy", FieldType::percentage,
             "Percentage of the members below which no further one is taken out: the checks are suspected.",
             {.default_text = "0%"}, read_min_healthy),
    policy_field<&HealthPolicy::fail_open>("failOpen", "Whether all members serve when all have failed.",
                                           {.default_text = "false"}),
    policy_field<&HealthPolicy::assume_up>("assumeUp", "Whether a member serves before its first check.",
                                           {.default_text = "whether it does already"}),
};
constexpr ObjectInfo pool_info{"Pool", pool_fields};

constexpr FieldInfo real_server_fields[] = {
    field<&RealServer::nodes>("nodes", "The machines that serve.", required_nodes),
    field<&RealServer::pools>("pools",
                              "Pools they are members of: the VIPs are those of the services behind DR or TUN.",
                              {.min_items = 1, .type = FieldType::name}),
    field<&RealServer::addresses>("addresses", "VIPs, where they do not follow from pools.", {.min_items = 1}),
    field<&RealServer::tunnels>("tunnels", "Tunnel devices to receive through, where they do not follow from pools.",
                                {.min_items = 1, .words = tunnel_devices}),
};
constexpr ObjectInfo real_server_info{"RealServer", real_server_fields};

// start_sync_thread() (net/netfilter/ipvs/ip_vs_sync.c): a backup takes 1024 at least; 65535 with the headers of UDP.
constexpr std::int64_t shortest_sync_datagram = 1024;
constexpr std::int64_t longest_sync_datagram = 65507;
constexpr FieldInfo sync_daemon_fields[] = {
    field<&SyncDaemonSpec::router>(
        "router", "VirtualRouter whose role decides: master while MASTER, else backup; or 'role' instead of it.",
        {.type = FieldType::name}),
    field<&SyncDaemonSpec::role>("role", "Which daemon runs, whatever VRRP says."),
    field<&SyncDaemonSpec::interface>("interface", "Where connections are sent and received.",
                                      {.required = true, .type = FieldType::interface}),
    field<&SyncDaemonSpec::sync_id>("syncId", "Told apart by it; a backup with 0 takes in what any master sends.",
                                    {.required = true, .maximum = 255}),
    field<&SyncDaemonSpec::max_length>("maxLength", "Payload of a datagram in bytes.",
                                       {.default_text = "what fits the interface's MTU",
                                        .minimum = shortest_sync_datagram,
                                        .maximum = longest_sync_datagram}),
    field<&SyncDaemonSpec::group>("group", "Multicast group.", {.default_text = sync_group}),
    field<&SyncDaemonSpec::port>("port", "UDP port; with net.ipv4.vs.sync_ports the first of them.",
                                 {.default_text = "8848", .minimum = 1, .maximum = highest_port}),
    field<&SyncDaemonSpec::ttl>("ttl", "Routers that a datagram may pass, and one.",
                                {.default_text = "1", .minimum = 1, .maximum = 255}),
};
constexpr std::string_view router_or_role[] = {"router", "role"};
constexpr Choice sync_daemon_choices[] = {{router_or_role}};
constexpr ObjectInfo sync_daemon_info{"syncDaemon", sync_daemon_fields, sync_daemon_choices};

}  // namespace

template <>
inline constexpr const ObjectInfo* object_info<SyncDaemonSpec> = &sync_daemon_info;

namespace {

constexpr FieldInfo director_fields[] = {
    field<&Director::nodes>("nodes", "The directors.", required_nodes),
    field<&Director::timeouts>("timeouts", "IPVS connection timeouts, in whole seconds."),
    field<&Director::sysctls>("sysctls", "Kernel parameters by name.", {.min_items = 1}),
    field<&Director::sync_daemon>("syncDaemon", "Hands connections to the nodes that may take over."),
    field<&Director::notify>("notify", "Who is told when health or roles change on these nodes."),
};
constexpr ObjectInfo director_info{"Director", director_fields};

constexpr FieldInfo sysctl_fields[] = {
    field<&SysctlDocument::nodes>("nodes", "The machines.", required_nodes),
    field<&SysctlDocument::values>("values", "Kernel parameters by name.", {.required = true, .min_items = 1}),
};
constexpr ObjectInfo sysctl_info{"Sysctl", sysctl_fields};

constexpr FieldInfo address_fields[] = {
    field<&AddressDocument::nodes>("nodes", "The machines that hold it.", required_nodes),
    field<&AddressDocument::interface>("interface", "Where it is held.",
                                       {.required = true, .type = FieldType::interface}),
    field<&AddressDocument::address>("address", "The VIP with the prefix length of its network.", {.required = true}),
    field<&AddressDocument::scope>("scope", "Where the address is valid.", {.default_text = "host on lo, else global"}),
    field<&AddressDocument::label>("label", "Name in ifconfig's style, '<interface>:<word>'; IPv4 only."),
};
constexpr ObjectInfo address_info{"Address", address_fields};

/// Reads one object and appends it.
template <class T, std::vector<T> Manifest::*List, const ObjectInfo* info>
void read_kind(ReadContext& context, yaml::Node spec, const Header& header, Manifest& manifest) {
  T& object = (manifest.*List).emplace_back();
  object.header = header;
  read_object(context, *info, spec, &object);
}

constexpr KindInfo all_kinds[] = {
    {"VirtualRouter", "One VRRP instance: which of these nodes holds the VIPs now.", &virtual_router_info,
     read_kind<VirtualRouter, &Manifest::virtual_routers, &virtual_router_info>},
    {"VirtualService", "One IPVS service: what is served where, and by which pool.", &virtual_service_info,
     read_kind<VirtualService, &Manifest::virtual_services, &virtual_service_info>},
    {"Pool", "Real servers and how their health is checked.", &pool_info,
     read_kind<Pool, &Manifest::pools, &pool_info>},
    {"RealServer", "What a machine must look like to answer for a VIP behind DR or TUN.", &real_server_info,
     read_kind<RealServer, &Manifest::real_servers, &real_server_info>},
    {"Director", "Node-wide IPVS settings.", &director_info, read_kind<Director, &Manifest::directors, &director_info>},
    {"Sysctl", "Kernel parameters of machines.", &sysctl_info,
     read_kind<SysctlDocument, &Manifest::sysctls, &sysctl_info>},
    {"Address", "A static VIP, held without VRRP.", &address_info,
     read_kind<AddressDocument, &Manifest::addresses, &address_info>},
};

}  // namespace

std::span<const KindInfo> kinds() {
  return all_kinds;
}

}  // namespace ballast
