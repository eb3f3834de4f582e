// Attributes of ip_vs_ctl.c: ip_vs_genl_fill_service(), ip_vs_genl_fill_dest(), ip_vs_genl_parse_service().
#include "drivers/ipvs_codec.hpp"

#include <algorithm>

#include <arpa/inet.h>
#include <linux/ip_vs.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>

namespace ballast {
namespace {

static_assert(ServiceFlag::persistent == IP_VS_SVC_F_PERSISTENT);
static_assert(ServiceFlag::one_packet == IP_VS_SVC_F_ONEPACKET);
static_assert(ServiceFlag::scheduler1 == IP_VS_SVC_F_SCHED1);
static_assert(ServiceFlag::scheduler2 == IP_VS_SVC_F_SCHED2);
static_assert(ServiceFlag::scheduler3 == IP_VS_SVC_F_SCHED3);
static_assert((ServiceFlag::all & IP_VS_SVC_F_HASHED) == 0);
static_assert(static_cast<int>(Forwarding::tun) == IP_VS_CONN_F_TUNNEL);
static_assert(static_cast<int>(Forwarding::dr) == IP_VS_CONN_F_DROUTE);
static_assert(static_cast<int>(TunnelType::gue) == IP_VS_CONN_F_TUNNEL_TYPE_GUE);
static_assert(static_cast<int>(TunnelType::gre) == IP_VS_CONN_F_TUNNEL_TYPE_GRE);
static_assert(static_cast<int>(TunnelChecksum::full) == IP_VS_TUNNEL_ENCAP_FLAG_CSUM);
static_assert(static_cast<int>(TunnelChecksum::remote) == IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM);

constexpr int ipv4_bytes = 4;
constexpr int ipv6_bytes = 16;

constexpr nla_policy number(std::uint16_t type) {
  return {type, 0, 0};
}
constexpr nla_policy bytes_at_least(std::uint16_t count) {
  return {NLA_UNSPEC, count, 0};
}

template <std::size_t Size>
struct Policies {
  std::array<nla_policy, Size> table{};
  constexpr Policies& set(std::size_t attribute, nla_policy policy) {
    table[attribute] = policy;
    return *this;
  }
};

constexpr auto command_policies = Policies<IPVS_CMD_ATTR_MAX + 1>()
                                      .set(IPVS_CMD_ATTR_SERVICE, number(NLA_NESTED))
                                      .set(IPVS_CMD_ATTR_DEST, number(NLA_NESTED))
                                      .set(IPVS_CMD_ATTR_TIMEOUT_TCP, number(NLA_U32))
                                      .set(IPVS_CMD_ATTR_TIMEOUT_TCP_FIN, number(NLA_U32))
                                      .set(IPVS_CMD_ATTR_TIMEOUT_UDP, number(NLA_U32));

constexpr auto service_policies = Policies<IPVS_SVC_ATTR_MAX + 1>()
                                      .set(IPVS_SVC_ATTR_AF, number(NLA_U16))
                                      .set(IPVS_SVC_ATTR_PROTOCOL, number(NLA_U16))
                                      .set(IPVS_SVC_ATTR_ADDR, bytes_at_least(ipv4_bytes))
                                      .set(IPVS_SVC_ATTR_PORT, number(NLA_U16))
                                      .set(IPVS_SVC_ATTR_FWMARK, number(NLA_U32))
                                      .set(IPVS_SVC_ATTR_SCHED_NAME, number(NLA_STRING))
                                      .set(IPVS_SVC_ATTR_PE_NAME, number(NLA_STRING))
                                      .set(IPVS_SVC_ATTR_FLAGS, bytes_at_least(sizeof(ip_vs_flags)))
                                      .set(IPVS_SVC_ATTR_TIMEOUT, number(NLA_U32))
                                      .set(IPVS_SVC_ATTR_NETMASK, number(NLA_U32));

constexpr auto destination_policies = Policies<IPVS_DEST_ATTR_MAX + 1>()
                                          .set(IPVS_DEST_ATTR_ADDR_FAMILY, number(NLA_U16))
                                          .set(IPVS_DEST_ATTR_ADDR, bytes_at_least(ipv4_bytes))
                                          .set(IPVS_DEST_ATTR_PORT, number(NLA_U16))
                                          .set(IPVS_DEST_ATTR_FWD_METHOD, number(NLA_U32))
                                          .set(IPVS_DEST_ATTR_WEIGHT, number(NLA_U32))
                                          .set(IPVS_DEST_ATTR_U_THRESH, number(NLA_U32))
                                          .set(IPVS_DEST_ATTR_L_THRESH, number(NLA_U32))
                                          .set(IPVS_DEST_ATTR_ACTIVE_CONNS, number(NLA_U32))
                                          .set(IPVS_DEST_ATTR_INACT_CONNS, number(NLA_U32))
                                          .set(IPVS_DEST_ATTR_PERSIST_CONNS, number(NLA_U32))
                                          .set(IPVS_DEST_ATTR_TUN_TYPE, number(NLA_U8))
                                          .set(IPVS_DEST_ATTR_TUN_PORT, number(NLA_U16))
                                          .set(IPVS_DEST_ATTR_TUN_FLAGS, number(NLA_U16));

template <std::size_t Size>
using Attributes = std::array<nlattr*, Size>;

// libnl takes the policies as pointers to non-const and only reads them.
template <std::size_t Size>
nla_policy* policies_of(const Policies<Size>& policies) {
  return const_cast<nla_policy*>(policies.table.data());
}

using CommandAttributes = Attributes<IPVS_CMD_ATTR_MAX + 1>;

bool parse_command(nlmsghdr& message, CommandAttributes& attributes) {
  return genlmsg_parse(&message, 0, attributes.data(), IPVS_CMD_ATTR_MAX, policies_of(command_policies)) == 0;
}

template <std::size_t Size>
bool parse_nested(nlattr* nest, Attributes<Size>& attributes, const Policies<Size>& policies) {
  return nest != nullptr &&
         nla_parse_nested(attributes.data(), static_cast<int>(Size) - 1, nest, policies_of(policies)) == 0;
}

std::uint32_t number_or(nlattr* attribute, std::uint32_t otherwise) {
  return attribute != nullptr ? nla_get_u32(attribute) : otherwise;
}

std::optional<Family> family_of(std::uint16_t af) {
  if (af == AF_INET) return Family::ipv4;
  if (af == AF_INET6) return Family::ipv6;
  return std::nullopt;
}

std::uint16_t af_of(Family family) {
  return family == Family::ipv4 ? AF_INET : AF_INET6;
}

std::optional<IpAddress> address_of(nlattr* attribute, Family family) {
  if (nla_len(attribute) < (family == Family::ipv4 ? ipv4_bytes : ipv6_bytes)) return std::nullopt;
  return IpAddress::from_bytes(family, static_cast<const std::uint8_t*>(nla_data(attribute)));
}

std::optional<ServiceKey> key_of(const Attributes<IPVS_SVC_ATTR_MAX + 1>& attributes) {
  if (attributes[IPVS_SVC_ATTR_AF] == nullptr) return std::nullopt;
  const auto family = family_of(nla_get_u16(attributes[IPVS_SVC_ATTR_AF]));
  if (!family) return std::nullopt;
  if (const std::uint32_t mark = number_or(attributes[IPVS_SVC_ATTR_FWMARK], 0)) {
    return ServiceKey::of_fwmark(*family, mark);
  }
  nlattr* protocol = attributes[IPVS_SVC_ATTR_PROTOCOL];
  nlattr* address = attributes[IPVS_SVC_ATTR_ADDR];
  nlattr* port = attributes[IPVS_SVC_ATTR_PORT];
  if (protocol == nullptr || address == nullptr || port == nullptr) return std::nullopt;
  const auto ip = address_of(address, *family);
  if (!ip || nla_get_u16(protocol) > 0xff) return std::nullopt;
  return ServiceKey{*ip, static_cast<Protocol>(nla_get_u16(protocol)), ntohs(nla_get_u16(port)), 0};
}

/// Settings that the forwarding method or the tunnel's type do not use are no difference.
Tunnel tunnel_of(const Attributes<IPVS_DEST_ATTR_MAX + 1>& attributes, Forwarding forwarding) {
  Tunnel tunnel;
  nlattr* type = attributes[IPVS_DEST_ATTR_TUN_TYPE];
  if (forwarding != Forwarding::tun || type == nullptr) return tunnel;
  tunnel.type = static_cast<TunnelType>(nla_get_u8(type));
  if (tunnel.type == TunnelType::ipip) return tunnel;
  nlattr* port = attributes[IPVS_DEST_ATTR_TUN_PORT];
  nlattr* flags = attributes[IPVS_DEST_ATTR_TUN_FLAGS];
  if (port != nullptr && tunnel.type == TunnelType::gue) tunnel.port = ntohs(nla_get_u16(port));
  if (flags != nullptr) tunnel.checksum = static_cast<TunnelChecksum>(nla_get_u16(flags) & 0xff);
  return tunnel;
}

bool put_key(nl_msg* message, const ServiceKey& key) {
  bool fits = nla_put_u16(message, IPVS_SVC_ATTR_AF, af_of(key.family())) == 0;
  if (key.is_fwmark()) return fits && nla_put_u32(message, IPVS_SVC_ATTR_FWMARK, key.fwmark) == 0;
  fits = fits && nla_put_u16(message, IPVS_SVC_ATTR_PROTOCOL, static_cast<std::uint16_t>(key.protocol)) == 0;
  fits = fits && nla_put(message, IPVS_SVC_ATTR_ADDR, ipv6_bytes, key.address.bytes().data()) == 0;
  return fits && nla_put_u16(message, IPVS_SVC_ATTR_PORT, htons(key.port)) == 0;
}

bool put_value(nl_msg* message, const ServiceKey& key, const Service& service) {
  const ip_vs_flags flags{service.flags, ~0U};
  const std::uint32_t netmask = key.family() == Family::ipv4 ? htonl(service.granularity) : service.granularity;
  bool fits = nla_put_string(message, IPVS_SVC_ATTR_SCHED_NAME, service.scheduler.c_str()) == 0;
  fits = fits && nla_put(message, IPVS_SVC_ATTR_FLAGS, sizeof flags, &flags) == 0;
  fits = fits && nla_put_u32(message, IPVS_SVC_ATTR_TIMEOUT, service.persistence_seconds) == 0;
  fits = fits && nla_put_u32(message, IPVS_SVC_ATTR_NETMASK, netmask) == 0;
  if (service.persistence_engine.empty()) return fits;
  return fits && nla_put_string(message, IPVS_SVC_ATTR_PE_NAME, service.persistence_engine.c_str()) == 0;
}

bool put_value(nl_msg* message, const Destination& destination) {
  const Tunnel& tunnel = destination.tunnel;
  bool fits = nla_put_u32(message, IPVS_DEST_ATTR_FWD_METHOD, static_cast<std::uint32_t>(destination.forwarding)) == 0;
  fits = fits && nla_put_u32(message, IPVS_DEST_ATTR_WEIGHT, destination.weight) == 0;
  fits = fits && nla_put_u32(message, IPVS_DEST_ATTR_U_THRESH, destination.upper_threshold) == 0;
  fits = fits && nla_put_u32(message, IPVS_DEST_ATTR_L_THRESH, destination.lower_threshold) == 0;
  if (destination.forwarding != Forwarding::tun) return fits;
  fits = fits && nla_put_u8(message, IPVS_DEST_ATTR_TUN_TYPE, static_cast<std::uint8_t>(tunnel.type)) == 0;
  fits = fits && nla_put_u16(message, IPVS_DEST_ATTR_TUN_PORT, htons(tunnel.port)) == 0;
  return fits && nla_put_u16(message, IPVS_DEST_ATTR_TUN_FLAGS, static_cast<std::uint16_t>(tunnel.checksum)) == 0;
}

/// A nested attribute whose contents `put` writes.
template <class Put>
bool put_nested(nl_msg* message, int attribute, Put put) {
  nlattr* nest = nla_nest_start(message, attribute);
  if (nest == nullptr || !put()) return false;
  nla_nest_end(message, nest);
  return true;
}

std::uint8_t command_of(Verb verb, std::uint8_t add, std::uint8_t update, std::uint8_t remove) {
  return verb == Verb::add ? add : verb == Verb::update ? update : remove;
}

}  // namespace

std::optional<ObservedService> read_service(nlmsghdr& message) {
  CommandAttributes command{};
  Attributes<IPVS_SVC_ATTR_MAX + 1> attributes{};
  if (!parse_command(message, command)) return std::nullopt;
  if (!parse_nested(command[IPVS_CMD_ATTR_SERVICE], attributes, service_policies)) return std::nullopt;
  const auto key = key_of(attributes);
  nlattr* scheduler = attributes[IPVS_SVC_ATTR_SCHED_NAME];
  nlattr* flags_attribute = attributes[IPVS_SVC_ATTR_FLAGS];
  if (!key || scheduler == nullptr || flags_attribute == nullptr) return std::nullopt;

  ip_vs_flags flags{};
  nla_memcpy(&flags, flags_attribute, sizeof flags);
  const std::uint32_t netmask = number_or(attributes[IPVS_SVC_ATTR_NETMASK], 0);
  ObservedService service{*key, {}};
  service.value.scheduler = nla_get_string(scheduler);
  service.value.flags = flags.flags;
  service.value.persistence_seconds = number_or(attributes[IPVS_SVC_ATTR_TIMEOUT], 0);
  service.value.granularity = key->family() == Family::ipv4 ? ntohl(netmask) : netmask;
  if (nlattr* engine = attributes[IPVS_SVC_ATTR_PE_NAME]) service.value.persistence_engine = nla_get_string(engine);
  normalise(service.key, service.value);
  return service;
}

std::optional<ObservedDestination> read_destination(nlmsghdr& message, const ServiceKey& key) {
  CommandAttributes command{};
  Attributes<IPVS_DEST_ATTR_MAX + 1> attributes{};
  if (!parse_command(message, command)) return std::nullopt;
  if (!parse_nested(command[IPVS_CMD_ATTR_DEST], attributes, destination_policies)) return std::nullopt;
  nlattr* address = attributes[IPVS_DEST_ATTR_ADDR];
  nlattr* port = attributes[IPVS_DEST_ATTR_PORT];
  nlattr* method = attributes[IPVS_DEST_ATTR_FWD_METHOD];
  nlattr* weight = attributes[IPVS_DEST_ATTR_WEIGHT];
  if (address == nullptr || port == nullptr || method == nullptr || weight == nullptr) return std::nullopt;
  // Kernels before 3.18 do not name the family: it is the service's.
  nlattr* af = attributes[IPVS_DEST_ATTR_ADDR_FAMILY];
  const auto family = af != nullptr ? family_of(nla_get_u16(af)) : key.family();
  const auto ip = family ? address_of(address, *family) : std::nullopt;
  if (!ip) return std::nullopt;

  ObservedDestination destination{{key, *ip, ntohs(nla_get_u16(port))}, {}, {}};
  destination.value.forwarding = static_cast<Forwarding>(nla_get_u32(method) & IP_VS_CONN_F_FWD_MASK);
  destination.value.weight = nla_get_u32(weight);
  destination.value.upper_threshold = number_or(attributes[IPVS_DEST_ATTR_U_THRESH], 0);
  destination.value.lower_threshold = number_or(attributes[IPVS_DEST_ATTR_L_THRESH], 0);
  destination.value.tunnel = tunnel_of(attributes, destination.value.forwarding);
  destination.connections.active = number_or(attributes[IPVS_DEST_ATTR_ACTIVE_CONNS], 0);
  destination.connections.inactive = number_or(attributes[IPVS_DEST_ATTR_INACT_CONNS], 0);
  destination.connections.persistent = number_or(attributes[IPVS_DEST_ATTR_PERSIST_CONNS], 0);
  return destination;
}

std::optional<IpvsTimeouts> read_timeouts(nlmsghdr& message) {
  CommandAttributes command{};
  if (!parse_command(message, command)) return std::nullopt;
  nlattr* tcp = command[IPVS_CMD_ATTR_TIMEOUT_TCP];
  nlattr* tcp_fin = command[IPVS_CMD_ATTR_TIMEOUT_TCP_FIN];
  nlattr* udp = command[IPVS_CMD_ATTR_TIMEOUT_UDP];
  // A kernel without TCP or UDP support in IPVS leaves theirs out (__ip_vs_get_timeouts()).
  return IpvsTimeouts{number_or(tcp, 0), number_or(tcp_fin, 0), number_or(udp, 0)};
}

bool put_command(nl_msg* message, std::uint8_t command) {
  const genlmsghdr header{command, IPVS_GENL_VERSION, 0};
  return nlmsg_append(message, const_cast<genlmsghdr*>(&header), sizeof header, NLMSG_ALIGNTO) == 0;
}

bool put_service_command(nl_msg* message, std::uint8_t command, const ServiceKey& key) {
  return put_command(message, command) &&
         put_nested(message, IPVS_CMD_ATTR_SERVICE, [&] { return put_key(message, key); });
}

bool put_write(nl_msg* message, const ServiceWrite& write) {
  const std::uint8_t command = command_of(write.verb, IPVS_CMD_NEW_SERVICE, IPVS_CMD_SET_SERVICE, IPVS_CMD_DEL_SERVICE);
  if (write.verb == Verb::remove) return put_service_command(message, command, *write.key);
  return put_command(message, command) && put_nested(message, IPVS_CMD_ATTR_SERVICE, [&] {
           return put_key(message, *write.key) && put_value(message, *write.key, *write.value);
         });
}

bool put_write(nl_msg* message, const DestinationWrite& write) {
  const DestinationKey& key = *write.key;
  const std::uint8_t command = command_of(write.verb, IPVS_CMD_NEW_DEST, IPVS_CMD_SET_DEST, IPVS_CMD_DEL_DEST);
  return put_service_command(message, command, key.service) && put_nested(message, IPVS_CMD_ATTR_DEST, [&] {
           bool fits = nla_put_u16(message, IPVS_DEST_ATTR_ADDR_FAMILY, af_of(key.address.family())) == 0;
           fits = fits && nla_put(message, IPVS_DEST_ATTR_ADDR, ipv6_bytes, key.address.bytes().data()) == 0;
           fits = fits && nla_put_u16(message, IPVS_DEST_ATTR_PORT, htons(key.port)) == 0;
           return fits && (write.verb == Verb::remove || put_value(message, *write.value));
         });
}

bool put_write(nl_msg* message, const TimeoutWrite& write) {
  const int attribute = write.timer == Timer::tcp       ? IPVS_CMD_ATTR_TIMEOUT_TCP
                        : write.timer == Timer::tcp_fin ? IPVS_CMD_ATTR_TIMEOUT_TCP_FIN
                                                        : IPVS_CMD_ATTR_TIMEOUT_UDP;
  return put_command(message, IPVS_CMD_SET_CONFIG) && nla_put_u32(message, attribute, write.seconds) == 0;
}

}  // namespace ballast
