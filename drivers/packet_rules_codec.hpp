// The table of nftables behind PacketFilter, as text both ways: the script that makes it, and what nft -j says of it.
// Pure; any text is read without harm.
//
//   source NAT   postrouting, for the first packet of a connection to the VIP that IPVS has sent on: masquerade. IPVS
//   shows
//                its connections to connection tracking where net.ipv4.vs.conntrack is 1 (ip_vs_nfct.c), and the reply
//                finds its way back by it.
//   SYN proxy    prerouting: SYNs are not tracked. input, before IPVS (its hooks there have the priorities 98 and 99,
//                ip_vs_core.c): the kernel answers them itself (nft_synproxy.c), and lets a connection pass once the
//                client has proved that it is there. What it then sends in the client's name goes through IPVS in
//                output.
#pragma once

#include <string>
#include <string_view>

#include "drivers/kernel.hpp"

namespace ballast {

inline constexpr std::string_view packet_table_name = "ballast";  ///< of the family inet

/// For `nft -f -`: one transaction that replaces the table, or removes it where there are no rules.
std::string packet_table_script(const PacketRulesMap& rules);

/// Whether `nft -j list tables` names the table; an error where the text is not of nft.
Result<bool> lists_packet_table(std::string_view json);

/// Of `nft -j list table inet ballast`. What is not as packet_table_script() makes it is `damaged`.
Result<PacketTable> read_packet_table(std::string_view json);

}  // namespace ballast
