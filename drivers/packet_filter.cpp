#include "drivers/packet_filter.hpp"

#include <arpa/inet.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/attr.h>

#include "drivers/child_output.hpp"
#include "drivers/packet_rules_codec.hpp"

namespace ballast {
namespace {

constexpr std::chrono::seconds longest_run{20};
constexpr std::size_t most_output = std::size_t{16} << 20;

Result<std::string> nft(std::vector<std::string> arguments, std::optional<std::string> input = std::nullopt) {
  ChildOptions options;
  options.argv = {"nft"};
  options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
  options.environment = {{"LC_ALL", "C"}};
  options.input = std::move(input);
  options.most_output = most_output;
  options.administers_network = true;
  auto output = output_of(std::move(options), longest_run);
  if (output || output.error().errnum != ENOENT) return output;
  return Error{"the program nft, by which the packet filter is set, is not installed (apt install nftables)", ENOENT};
}

/// What the words of nft's first line mean for who reads them.
Error with_remedy(const Error& error) {
  const auto says = [&](const char* words) { return error.text.find(words) != std::string::npos; };
  std::string remedy;
  if (says("Operation not supported") || says("Protocol not supported") || says("No such file or directory")) {
    remedy =
        "; this kernel lacks a part of nftables: source NAT needs nft_masq and nft_ct, the SYN proxy nft_synproxy "
        "(CONFIG_NFT_MASQ, CONFIG_NFT_CT, CONFIG_NFT_SYNPROXY)";
  } else if (says("Operation not permitted")) {
    remedy = "; setting the packet filter needs CAP_NET_ADMIN";
  }
  return {error.text + remedy, error.errnum};
}

}  // namespace

Result<PacketTable> NftPacketFilter::read() {
  const auto now = generation();
  if (now && seen_ && seen_->generation == *now) return seen_->table;
  seen_.reset();
  auto tables = nft({"-j", "list", "tables", "inet"});
  if (!tables) return with_remedy(tables.error());
  auto present = lists_packet_table(*tables);
  if (!present) return present.error();
  PacketTable table;
  if (*present) {
    auto listed = nft({"-j", "list", "table", "inet", std::string(packet_table_name)});
    if (!listed) return with_remedy(listed.error());
    auto read = read_packet_table(*listed);
    if (!read) return read.error();
    table = std::move(*read);
  }
  // Of before: what has changed meanwhile is read again.
  if (now) seen_ = Seen{*now, table};
  return table;
}

Result<void> NftPacketFilter::write(const PacketRulesMap& rules) {
  seen_.reset();
  const auto done = nft({"-f", "-"}, packet_table_script(rules));
  if (!done) return with_remedy(done.error());
  return {};
}

/// nullopt where the kernel does not say.
std::optional<std::uint32_t> NftPacketFilter::generation() {
  if (!socket_) {
    auto opened = NetlinkSocket::open(NETLINK_NETFILTER);
    if (!opened) return std::nullopt;
    socket_ = std::move(*opened);
  }
  Message request;
  nl_msg* const message = request.begin((NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETGEN, 0);
  const nfgenmsg header{AF_UNSPEC, NFNETLINK_V0, 0};
  nlmsg_append(message, const_cast<nfgenmsg*>(&header), sizeof header, NLMSG_ALIGNTO);
  std::optional<std::uint32_t> found;
  const int errnum = socket_->ask(request, [&](nlmsghdr& answer) {
    nlattr* attributes[NFTA_GEN_MAX + 1] = {};
    if (nlmsg_parse(&answer, sizeof(nfgenmsg), attributes, NFTA_GEN_MAX, nullptr) < 0) return false;
    if (attributes[NFTA_GEN_ID] == nullptr || nla_len(attributes[NFTA_GEN_ID]) < 4) return false;
    found = ntohl(nla_get_u32(attributes[NFTA_GEN_ID]));
    return true;
  });
  if (errnum != 0) socket_.reset();
  return errnum == 0 ? found : std::nullopt;
}

}  // namespace ballast
