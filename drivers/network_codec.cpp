// Attributes of devinet.c, addrconf.c and rtnetlink.c. libnl-route 3.7 does not know IFA_PROTO and keeps a cache of
// everything, so that its attribute functions are used and not its objects.
#include "drivers/network_codec.hpp"

#include <array>

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>

namespace ballast {
namespace {

constexpr nla_policy number(std::uint16_t type) {
  return {type, 0, 0};
}
constexpr nla_policy bytes_at_least(std::uint16_t count) {
  return {NLA_UNSPEC, count, 0};
}

using AddressPolicies = std::array<nla_policy, IFA_MAX + 1>;
using LinkPolicies = std::array<nla_policy, IFLA_IFNAME + 1>;

constexpr AddressPolicies make_address_policies() {
  AddressPolicies policies{};
  policies[IFA_ADDRESS] = bytes_at_least(4);
  policies[IFA_LOCAL] = bytes_at_least(4);
  policies[IFA_LABEL] = number(NLA_STRING);
  policies[IFA_FLAGS] = number(NLA_U32);
  policies[IFA_PROTO] = number(NLA_U8);
  return policies;
}

constexpr LinkPolicies make_link_policies() {
  LinkPolicies policies{};
  policies[IFLA_IFNAME] = number(NLA_STRING);
  return policies;
}

// libnl takes the policies as pointers to non-const and only reads them.
constinit AddressPolicies address_policies = make_address_policies();
constinit LinkPolicies link_policies = make_link_policies();

template <class Header>
bool put_header(nl_msg* message, const Header& header) {
  return nlmsg_append(message, const_cast<Header*>(&header), sizeof header, NLMSG_ALIGNTO) == 0;
}

template <class Header>
const Header* header_of(nlmsghdr& message) {
  return nlmsg_valid_hdr(&message, sizeof(Header)) != 0 ? static_cast<const Header*>(nlmsg_data(&message)) : nullptr;
}

ifinfomsg link_header(int index, unsigned flags, unsigned change) {
  ifinfomsg header{};
  header.ifi_family = AF_UNSPEC;
  header.ifi_index = index;
  header.ifi_flags = flags;
  header.ifi_change = change;
  return header;
}

bool put_link_header(nl_msg* message) {
  return put_header(message, link_header(0, 0, 0));
}

/// Spares the kernel the counters of each device.
bool put_no_statistics(nl_msg* message) {
  return nla_put_u32(message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS) == 0;
}

}  // namespace

int family_of_address(nlmsghdr& message) {
  const auto* header = header_of<ifaddrmsg>(message);
  return header != nullptr ? header->ifa_family : -1;
}

std::optional<ReadAddress> read_address(nlmsghdr& message) {
  const auto* header = header_of<ifaddrmsg>(message);
  std::array<nlattr*, IFA_MAX + 1> attributes{};
  if (header == nullptr ||
      nlmsg_parse(&message, sizeof(ifaddrmsg), attributes.data(), IFA_MAX, address_policies.data()) != 0) {
    return std::nullopt;
  }
  const bool is_ipv4 = header->ifa_family == AF_INET;
  if (!is_ipv4 && header->ifa_family != AF_INET6) return std::nullopt;
  // With a peer (point-to-point), IFA_ADDRESS is the peer and IFA_LOCAL our own address.
  nlattr* local = attributes[IFA_LOCAL] != nullptr ? attributes[IFA_LOCAL] : attributes[IFA_ADDRESS];
  if (local == nullptr || nla_len(local) < (is_ipv4 ? 4 : 16)) return std::nullopt;
  if (header->ifa_prefixlen > (is_ipv4 ? 32 : 128)) return std::nullopt;

  ReadAddress address;
  address.interface_index = static_cast<int>(header->ifa_index);
  ObservedAddress& observed = address.observed;
  observed.key.prefix.address =
      IpAddress::from_bytes(is_ipv4 ? Family::ipv4 : Family::ipv6, static_cast<const std::uint8_t*>(nla_data(local)));
  observed.key.prefix.length = header->ifa_prefixlen;
  observed.value.scope = static_cast<Scope>(header->ifa_scope);
  if (nlattr* label = attributes[IFA_LABEL]) observed.value.label = nla_get_string(label);
  nlattr* flags_attribute = attributes[IFA_FLAGS];
  const std::uint32_t flags = flags_attribute != nullptr ? nla_get_u32(flags_attribute) : header->ifa_flags;
  // The same bit means "temporary" (privacy) with IPv6.
  observed.secondary = is_ipv4 && (flags & IFA_F_SECONDARY) != 0;
  observed.finite = (flags & IFA_F_PERMANENT) == 0;
  if (nlattr* protocol = attributes[IFA_PROTO]) observed.protocol = nla_get_u8(protocol);
  return address;
}

std::optional<ObservedLink> read_link(nlmsghdr& message) {
  const auto* header = header_of<ifinfomsg>(message);
  std::array<nlattr*, IFLA_IFNAME + 1> attributes{};
  if (header == nullptr ||
      nlmsg_parse(&message, sizeof(ifinfomsg), attributes.data(), IFLA_IFNAME, link_policies.data()) != 0) {
    return std::nullopt;
  }
  nlattr* name = attributes[IFLA_IFNAME];
  if (name == nullptr) return std::nullopt;
  return ObservedLink{nla_get_string(name), header->ifi_index, (header->ifi_flags & IFF_UP) != 0};
}

bool put_address_dump(nl_msg* message) {
  return put_header(message, ifaddrmsg{});
}

bool put_link_dump(nl_msg* message) {
  return put_link_header(message) && put_no_statistics(message);
}

bool put_link_question(nl_msg* message, const std::string& name) {
  return put_link_header(message) && put_no_statistics(message) &&
         nla_put_string(message, IFLA_IFNAME, name.c_str()) == 0;
}

bool put_write(nl_msg* message, const AddressWrite& write, int interface_index) {
  const Prefix& prefix = write.key->prefix;
  const bool is_ipv4 = prefix.address.is_ipv4();
  const bool add = write.verb == Verb::add;
  ifaddrmsg header{};
  header.ifa_family = is_ipv4 ? AF_INET : AF_INET6;
  header.ifa_prefixlen = prefix.length;
  header.ifa_scope = add ? static_cast<std::uint8_t>(write.value->scope) : 0;
  header.ifa_index = static_cast<unsigned>(interface_index);
  const int size = is_ipv4 ? 4 : 16;
  bool fits = put_header(message, header);
  fits = fits && nla_put(message, IFA_LOCAL, size, prefix.address.bytes().data()) == 0;
  fits = fits && nla_put(message, IFA_ADDRESS, size, prefix.address.bytes().data()) == 0;
  if (!add) return fits;
  if (is_ipv4 && !write.value->label.empty()) {
    fits = fits && nla_put_string(message, IFA_LABEL, write.value->label.c_str()) == 0;
  }
  // A VIP must answer at once; duplicate address detection would also fail behind DR, where the director has it too.
  if (!is_ipv4) fits = fits && nla_put_u32(message, IFA_FLAGS, IFA_F_NODAD) == 0;
  return fits && nla_put_u8(message, IFA_PROTO, address_protocol) == 0;
}

bool put_link_state(nl_msg* message, int interface_index, bool up) {
  return put_header(message, link_header(interface_index, up ? IFF_UP : 0, IFF_UP));
}

bool put_new_link(nl_msg* message, const std::string& name, const char* kind) {
  if (!put_link_header(message) || nla_put_string(message, IFLA_IFNAME, name.c_str()) != 0) return false;
  nlattr* info = nla_nest_start(message, IFLA_LINKINFO);
  if (info == nullptr || nla_put_string(message, IFLA_INFO_KIND, kind) != 0) return false;
  nla_nest_end(message, info);
  return true;
}

}  // namespace ballast
