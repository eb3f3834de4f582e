// IPVS of this network namespace over generic netlink.
//
// Threads: one at a time. The socket is opened at the first use and anew after a failure. A table of N services costs
// N+1 dumps (IPVS_CMD_GET_DEST works for one service only), each a send() and a recvmmsg().
#pragma once

#include <optional>

#include "drivers/ipvs_codec.hpp"
#include "drivers/ipvs_statistics.hpp"
#include "drivers/kernel.hpp"
#include "drivers/netlink_socket.hpp"

namespace ballast {

class NetlinkIpvs : public Ipvs {
 public:
  NetlinkIpvs() = default;
  /// Uses this socket until it fails.
  explicit NetlinkIpvs(NetlinkSocket socket) : socket_(std::move(socket)) {}

  bool present() override;
  Result<IpvsTable> dump() override;
  Result<IpvsTable> dump(std::span<const ServiceKey> keys) override;
  Result<std::size_t> count_ipv4_services() override;
  Result<bool> has(const ServiceKey& key) override;
  std::vector<int> write(std::span<const IpvsWrite> writes) override;

  /// What the kernel has counted, for as many dumps as dump() needs. Empty where the kernel has no IPVS now: looking
  /// loads no module.
  Result<IpvsStatistics> statistics();

 private:
  int open();
  int resolve_family();
  int dump_timeouts(IpvsTable& table);
  int dump_daemons(IpvsTable& table);
  int dump_services(IpvsTable& table);
  int read_services(std::span<const ServiceKey> keys, IpvsTable& table);
  int dump_destinations(const ServiceKey& key, IpvsTable& table);
  int dump_destinations(IpvsTable& table);
  /// Removes services without destinations that are gone: the kernel dumps an unknown service as an empty one.
  int drop_vanished(IpvsTable& table, const std::vector<std::size_t>& empty);
  /// `keys`: null for all services.
  int dump(const std::span<const ServiceKey>* keys, IpvsTable& table);
  Result<IpvsTable> dump(const std::span<const ServiceKey>* keys);
  int dump_statistics(IpvsStatistics& statistics);
  int dump_destinations(const ServiceKey& key, std::vector<DestinationStatistics>& destinations);
  /// Why that could not be read; forgets the socket.
  Error fail(int errnum);

  std::optional<NetlinkSocket> socket_;
  int family_id_ = 0;  ///< 0: unknown
  Message message_;
};

}  // namespace ballast
