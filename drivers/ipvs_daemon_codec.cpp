// Synchronisation daemons (ip_vs_ctl.c): ip_vs_genl_fill_daemon(), ip_vs_genl_new_daemon().
#include <array>
#include <cstring>

#include <linux/ip_vs.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "drivers/ipvs_codec.hpp"

namespace ballast {
namespace {

static_assert(static_cast<int>(DaemonRole::master) == IP_VS_STATE_MASTER);
static_assert(static_cast<int>(DaemonRole::backup) == IP_VS_STATE_BACKUP);

using Attributes = std::array<nlattr*, IPVS_DAEMON_ATTR_MAX + 1>;

/// Of the attributes that are read, each with the least bytes that it has.
bool parse_daemon(nlmsghdr& message, Attributes& attributes) {
  std::array<nla_policy, IPVS_CMD_ATTR_MAX + 1> command_policies{};
  command_policies[IPVS_CMD_ATTR_DAEMON].type = NLA_NESTED;
  std::array<nlattr*, IPVS_CMD_ATTR_MAX + 1> command{};
  if (genlmsg_parse(&message, 0, command.data(), IPVS_CMD_ATTR_MAX, command_policies.data()) != 0) return false;
  if (command[IPVS_CMD_ATTR_DAEMON] == nullptr) return false;
  constexpr std::uint16_t ipv4_bytes = 4;
  constexpr std::uint16_t ipv6_bytes = 16;
  std::array<nla_policy, IPVS_DAEMON_ATTR_MAX + 1> policies{};
  policies[IPVS_DAEMON_ATTR_STATE].type = NLA_U32;
  policies[IPVS_DAEMON_ATTR_MCAST_IFN].type = NLA_STRING;
  policies[IPVS_DAEMON_ATTR_SYNC_ID].type = NLA_U32;
  policies[IPVS_DAEMON_ATTR_SYNC_MAXLEN].type = NLA_U16;
  policies[IPVS_DAEMON_ATTR_MCAST_GROUP].minlen = ipv4_bytes;
  policies[IPVS_DAEMON_ATTR_MCAST_GROUP6].minlen = ipv6_bytes;
  policies[IPVS_DAEMON_ATTR_MCAST_PORT].type = NLA_U16;
  policies[IPVS_DAEMON_ATTR_MCAST_TTL].type = NLA_U8;
  return nla_parse_nested(attributes.data(), IPVS_DAEMON_ATTR_MAX, command[IPVS_CMD_ATTR_DAEMON], policies.data()) == 0;
}

IpAddress address_of(Family family, nlattr* attribute) {
  return IpAddress::from_bytes(family, static_cast<const std::uint8_t*>(nla_data(attribute)));
}

bool put_values(nl_msg* message, const SyncDaemon& daemon) {
  bool fits = nla_put_string(message, IPVS_DAEMON_ATTR_MCAST_IFN, daemon.interface.c_str()) == 0;
  fits = fits && nla_put_u32(message, IPVS_DAEMON_ATTR_SYNC_ID, daemon.sync_id) == 0;
  const bool is_ipv4 = daemon.group.is_ipv4();
  fits = fits && nla_put(message, is_ipv4 ? IPVS_DAEMON_ATTR_MCAST_GROUP : IPVS_DAEMON_ATTR_MCAST_GROUP6,
                         daemon.group.bits() / 8, daemon.group.bytes().data()) == 0;
  fits = fits && nla_put_u16(message, IPVS_DAEMON_ATTR_MCAST_PORT, daemon.port) == 0;
  fits = fits && nla_put_u8(message, IPVS_DAEMON_ATTR_MCAST_TTL, daemon.ttl) == 0;
  if (daemon.max_length == 0) return fits;
  return fits && nla_put_u16(message, IPVS_DAEMON_ATTR_SYNC_MAXLEN, daemon.max_length) == 0;
}

}  // namespace

std::optional<ObservedDaemon> read_daemon(nlmsghdr& message) {
  Attributes attributes{};
  if (!parse_daemon(message, attributes)) return std::nullopt;
  nlattr* state = attributes[IPVS_DAEMON_ATTR_STATE];
  nlattr* interface = attributes[IPVS_DAEMON_ATTR_MCAST_IFN];
  nlattr* sync_id = attributes[IPVS_DAEMON_ATTR_SYNC_ID];
  if (state == nullptr || interface == nullptr || sync_id == nullptr) return std::nullopt;
  const std::uint32_t role = nla_get_u32(state);
  if (role != IP_VS_STATE_MASTER && role != IP_VS_STATE_BACKUP) return std::nullopt;

  ObservedDaemon daemon{static_cast<DaemonRole>(role), {}};
  SyncDaemon& value = daemon.value;
  value.interface = nla_get_string(interface);
  value.sync_id = nla_get_u32(sync_id);
  // Kernels before 4.3 know none of these and name none.
  const std::array<std::uint8_t, 4> usual_group{224, 0, 0, 81};
  constexpr std::uint16_t usual_port = 8848;
  value.group = IpAddress::from_bytes(Family::ipv4, usual_group.data());
  if (nlattr* group = attributes[IPVS_DAEMON_ATTR_MCAST_GROUP]) value.group = address_of(Family::ipv4, group);
  if (nlattr* group = attributes[IPVS_DAEMON_ATTR_MCAST_GROUP6]) value.group = address_of(Family::ipv6, group);
  nlattr* port = attributes[IPVS_DAEMON_ATTR_MCAST_PORT];
  nlattr* ttl = attributes[IPVS_DAEMON_ATTR_MCAST_TTL];
  nlattr* max_length = attributes[IPVS_DAEMON_ATTR_SYNC_MAXLEN];
  value.port = port != nullptr ? nla_get_u16(port) : usual_port;
  value.ttl = ttl != nullptr ? nla_get_u8(ttl) : std::uint8_t{1};
  value.max_length = max_length != nullptr ? nla_get_u16(max_length) : std::uint16_t{0};
  return daemon;
}

bool put_write(nl_msg* message, const DaemonWrite& write) {
  const std::uint8_t command = write.verb == Verb::remove ? IPVS_CMD_DEL_DAEMON : IPVS_CMD_NEW_DAEMON;
  if (!put_command(message, command)) return false;
  nlattr* nest = nla_nest_start(message, IPVS_CMD_ATTR_DAEMON);
  if (nest == nullptr) return false;
  bool fits = nla_put_u32(message, IPVS_DAEMON_ATTR_STATE, static_cast<std::uint32_t>(write.role)) == 0;
  fits = fits && (write.verb == Verb::remove || put_values(message, *write.value));
  if (!fits) return false;
  nla_nest_end(message, nest);
  return true;
}

}  // namespace ballast
