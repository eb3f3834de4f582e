// What the kernel counts of IPVS services and destinations, as values, and its messages' part that says so.
// Apart from the ordinary dump, which every look pays for and which needs none of this.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <linux/netlink.h>

#include "drivers/kernel.hpp"

namespace ballast {

/// The counters begin with the object and may be set back by others (`ipvsadm -Z`). The rates are what the kernel
/// estimates over the last seconds; all 0 where net.ipv4.vs.run_estimation is.
struct Traffic {
  std::uint64_t connections = 0;
  std::uint64_t packets_in = 0;
  std::uint64_t packets_out = 0;  ///< NAT only: other replies do not pass the director
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t connections_per_second = 0;
  std::uint64_t packets_in_per_second = 0;
  std::uint64_t packets_out_per_second = 0;
  std::uint64_t bytes_in_per_second = 0;
  std::uint64_t bytes_out_per_second = 0;

  friend bool operator==(const Traffic&, const Traffic&) = default;
};

struct ServiceStatistics {
  ServiceKey key;
  Traffic traffic;
};

struct DestinationStatistics {
  DestinationKey key;
  std::uint32_t weight = 0;
  Connections connections;
  Traffic traffic;
};

/// Sorted by key, each key once.
struct IpvsStatistics {
  std::vector<ServiceStatistics> services;
  std::vector<DestinationStatistics> destinations;
};

/// Answers of IPVS_CMD_GET_SERVICE and, for the service `key`, of IPVS_CMD_GET_DEST; nullopt where something lacks.
std::optional<ServiceStatistics> read_service_statistics(nlmsghdr& message);
std::optional<DestinationStatistics> read_destination_statistics(nlmsghdr& message, const ServiceKey& key);

}  // namespace ballast
