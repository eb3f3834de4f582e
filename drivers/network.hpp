// Addresses and devices of this network namespace over rtnetlink.
//
// Threads: one at a time. The socket is opened at the first use and anew after a failure, and stays in the network
// namespace that the thread was in then.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "drivers/kernel.hpp"
#include "drivers/netlink_socket.hpp"
#include "drivers/network_codec.hpp"

namespace ballast {

class NetlinkNetwork : public Network {
 public:
  Result<std::vector<ObservedAddress>> dump_addresses() override;
  Result<std::vector<ObservedLink>> dump_links() override;
  std::vector<int> write(std::span<const AddressWrite> writes) override;
  std::vector<int> write(std::span<const LinkWrite> writes) override;

 private:
  int open();
  /// Reads all addresses, those of devices without a known name too.
  int dump_indexed_addresses(std::vector<ReadAddress>& addresses);
  int dump_links_into(std::vector<ObservedLink>& links);
  /// The index of a device, or ENODEV and so on as `errnum`.
  int index_of(const std::string& name, int& errnum);
  /// Sends one command and waits for its result.
  int command();
  int write_link(const LinkWrite& write);
  Error fail(const char* doing, int errnum);

  std::optional<NetlinkSocket> socket_;
  Message message_;
};

}  // namespace ballast
