// IPVS commands and answers as generic netlink messages (linux/ip_vs.h, ip_vs_ctl.c): values to attributes and back.
// Pure: no sockets. What comes in is hostile until every length was checked; a message that lacks something is nullopt.
//
// Byte orders: addresses and ports as on the wire (but a sync daemon's port, which is in host order), firewall marks in
// host order; the granularity of an IPv4 service is a netmask as on the wire, of an IPv6 service a prefix length in
// host order.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include <linux/netlink.h>
#include <netlink/msg.h>

#include "drivers/kernel.hpp"

namespace ballast {

struct IpvsTimeouts {
  std::uint32_t tcp = 0;
  std::uint32_t tcp_fin = 0;
  std::uint32_t udp = 0;
};

/// Answers of IPVS_CMD_GET_SERVICE; the value is normalised.
std::optional<ObservedService> read_service(nlmsghdr& message);
/// Answers of IPVS_CMD_GET_DEST for the service `key`. Tunnel settings that do not matter are their defaults.
std::optional<ObservedDestination> read_destination(nlmsghdr& message, const ServiceKey& key);
/// Answers of IPVS_CMD_GET_CONFIG.
std::optional<IpvsTimeouts> read_timeouts(nlmsghdr& message);

/// Answers of IPVS_CMD_GET_DAEMON.
std::optional<ObservedDaemon> read_daemon(nlmsghdr& message);

/// Each of these completes a message that carries only the netlink header; false where it does not fit.
bool put_command(nl_msg* message, std::uint8_t command);
/// A command about one service: GET_SERVICE, DEL_SERVICE, GET_DEST.
bool put_service_command(nl_msg* message, std::uint8_t command, const ServiceKey& key);
bool put_write(nl_msg* message, const ServiceWrite& write);
bool put_write(nl_msg* message, const DestinationWrite& write);
bool put_write(nl_msg* message, const TimeoutWrite& write);
bool put_write(nl_msg* message, const DaemonWrite& write);

}  // namespace ballast
