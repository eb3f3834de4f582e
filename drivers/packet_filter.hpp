// The packet filter of this network namespace, by the program nft: libnftables ends its process where it cannot go on,
// and a program can be given up after a while. Between two looks the kernel's own count of changes (NFT_MSG_GETGEN)
// says whether there is anything new, so that nothing is started while nothing changes. Threads: one at a time. Blocks
// for as long as nft takes, at most a few seconds.
#pragma once

#include <optional>

#include "drivers/kernel.hpp"
#include "drivers/netlink_socket.hpp"

namespace ballast {

class NftPacketFilter : public PacketFilter {
 public:
  Result<PacketTable> read() override;
  Result<void> write(const PacketRulesMap& rules) override;

 private:
  std::optional<std::uint32_t> generation();

  struct Seen {
    std::uint32_t generation;
    PacketTable table;
  };
  std::optional<Seen> seen_;  ///< as of that generation
  std::optional<NetlinkSocket> socket_;
};

}  // namespace ballast
