// RTM_NEWADDR and RTM_DELADDR of VIPs, many in one send().
#include "drivers/vip_addresses.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <map>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <sys/socket.h>

#include "drivers/network_codec.hpp"

namespace ballast {
namespace {

constexpr std::uint32_t for_ever = std::numeric_limits<std::uint32_t>::max();

/// Seconds of a lifetime: 0 would be refused, and the largest number means for ever.
std::uint32_t lifetime_of(std::optional<Lease> lease) {
  if (!lease) return for_ever;
  return static_cast<std::uint32_t>(std::clamp<Lease::rep>(lease->count(), 1, for_ever - 1));
}

bool put_header(nl_msg* message, const Vip& vip, int index) {
  const Prefix& prefix = vip.key.prefix;
  const bool is_ipv4 = prefix.address.is_ipv4();
  ifaddrmsg header{};
  header.ifa_family = is_ipv4 ? AF_INET : AF_INET6;
  header.ifa_prefixlen = prefix.length;
  header.ifa_scope = static_cast<std::uint8_t>(vip.value.scope);
  header.ifa_index = static_cast<unsigned>(index);
  const int size = is_ipv4 ? 4 : 16;
  return nlmsg_append(message, &header, sizeof header, NLMSG_ALIGNTO) == 0 &&
         nla_put(message, IFA_LOCAL, size, prefix.address.bytes().data()) == 0 &&
         nla_put(message, IFA_ADDRESS, size, prefix.address.bytes().data()) == 0;
}

bool put_vip(nl_msg* message, const Vip& vip, int index, std::uint32_t lifetime) {
  bool fits = put_header(message, vip, index);
  if (vip.key.prefix.address.is_ipv4()) {
    if (!vip.value.label.empty()) fits = fits && nla_put_string(message, IFA_LABEL, vip.value.label.c_str()) == 0;
  } else {
    const std::uint32_t flags = IFA_F_NODAD | (vip.shares_prefix ? IFA_F_NOPREFIXROUTE : 0U);
    fits = fits && nla_put_u32(message, IFA_FLAGS, flags) == 0;
  }
  if (vip.metric != 0) fits = fits && nla_put_u32(message, IFA_RT_PRIORITY, vip.metric) == 0;
  ifa_cacheinfo lifetimes{};
  // Of IPv6 the kernel would take the newest address as the source of what this node sends, and a member that has the
  // VIP on its loopback would answer to itself. What has no preferred lifetime comes last (RFC 6724 section 5).
  lifetimes.ifa_prefered = vip.key.prefix.address.is_ipv4() ? lifetime : 0;
  lifetimes.ifa_valid = lifetime;
  fits = fits && nla_put(message, IFA_CACHEINFO, sizeof lifetimes, &lifetimes) == 0;
  return fits && nla_put_u8(message, IFA_PROTO, address_protocol) == 0;
}

}  // namespace

int VipAddresses::open() {
  if (socket_) return 0;
  auto socket = NetlinkSocket::open(NETLINK_ROUTE);
  if (!socket) return socket.error().errnum;
  socket_.emplace(std::move(*socket));
  return 0;
}

/// `order(i)` says which VIP is the i-th to be sent.
template <class Order, class Put>
std::vector<int> VipAddresses::send(std::span<const Vip> vips, Order order, Put put) {
  if (const int errnum = open()) return std::vector<int>(vips.size(), errnum);
  std::map<std::string, int> indices;
  Batch batch(*socket_, vips.size());
  for (std::size_t i = 0; i < vips.size(); ++i) {
    const Vip& vip = vips[order(i)];
    const auto [device, is_new] = indices.try_emplace(vip.key.interface);
    if (is_new) device->second = static_cast<int>(if_nametoindex(device->first.c_str()));
    if (device->second == 0) {
      batch.add_result(ENODEV);
    } else if (put(vip, device->second)) {
      batch.add(message_);
    } else {
      batch.add_result(EMSGSIZE);
    }
  }
  const std::vector<int> sent = batch.finish();
  if (batch.broken()) socket_.reset();
  std::vector<int> results(vips.size());
  for (std::size_t i = 0; i < vips.size(); ++i) results[order(i)] = sent[i];
  return results;
}

/// The lifetime of an IPv6 address becomes that of its prefix's route, whoever else relies on it (net/ipv6/addrconf.c,
/// modify_prefix_route()): the node would lose its own subnet when the lease ends.
void VipAddresses::find_shared_prefixes(std::span<Vip> vips) {
  const auto is_ipv6 = [](const Vip& vip) { return !vip.key.prefix.address.is_ipv4(); };
  if (std::none_of(vips.begin(), vips.end(), is_ipv6) || open() != 0) return;
  std::map<std::pair<int, Prefix>, bool> own_networks;
  if (!put_address_dump(message_.begin(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP))) return;
  const int errnum = socket_->dump(
      message_, [&] { own_networks.clear(); },
      [&](nlmsghdr& part) {
        const auto address = read_address(part);
        if (!address || address->observed.protocol == address_protocol) return true;
        const Prefix& prefix = address->observed.key.prefix;
        if (!prefix.address.is_ipv4()) own_networks[{address->interface_index, {prefix.network(), prefix.length}}];
        return true;
      });
  // Without the answer, no route is safer than one that takes the node's own along.
  for (Vip& vip : vips) {
    if (!is_ipv6(vip)) continue;
    const Prefix network{vip.key.prefix.network(), vip.key.prefix.length};
    const int index = static_cast<int>(if_nametoindex(vip.key.interface.c_str()));
    vip.shares_prefix = errnum != 0 || own_networks.contains({index, network});
  }
  if (errnum != 0) socket_.reset();
}

std::vector<int> VipAddresses::add(std::span<Vip> vips, std::optional<Lease> lease) {
  find_shared_prefixes(vips);
  return renew(vips, lease);
}

std::vector<int> VipAddresses::renew(std::span<const Vip> vips, std::optional<Lease> lease) {
  const std::uint32_t lifetime = lifetime_of(lease);
  return send(
      vips, [](std::size_t i) { return i; },
      [&](const Vip& vip, int index) {
        return put_vip(message_.begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE), vip, index, lifetime);
      });
}

std::vector<int> VipAddresses::remove(std::span<const Vip> vips) {
  auto results = send(
      vips, [last = vips.size() - 1](std::size_t i) { return last - i; },
      [&](const Vip& vip, int index) { return put_header(message_.begin(RTM_DELADDR, 0), vip, index); });
  for (int& errnum : results) {
    if (errnum == EADDRNOTAVAIL || errnum == ENODEV) errnum = 0;
  }
  return results;
}

}  // namespace ballast
