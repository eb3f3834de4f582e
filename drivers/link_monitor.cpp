// Events of rtnetlink (net/core/rtnetlink.c, net/ipv4/devinet.c, net/ipv6/addrconf.c), and a filter that spares us
// ours.
#include "drivers/link_monitor.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include <linux/filter.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <sys/socket.h>

#include "drivers/network_codec.hpp"

namespace ballast {
namespace {

/// Datagrams of events are small; a larger one is not an event.
constexpr std::size_t event_bytes = std::size_t{32} * 1024;

Error fail(const char* doing, int errnum) {
  return {std::string("watch the network: ") + doing + ": " + errno_text(errnum), errnum};
}

/// Leaves out RTM_NEWADDR messages with our IFA_PROTO (net/core/filter.c, bpf_skb_get_nlattr()). Loads take the bytes
/// as big-endian; the header is in host order.
int attach_filter(int descriptor) {
  constexpr std::uint32_t attributes = NLMSG_HDRLEN + sizeof(ifaddrmsg);
  constexpr auto find_attribute = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_NLATTR);
  std::array<sock_filter, 11> program{{
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(nlmsghdr, nlmsg_type)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWADDR), 0, 7),
      BPF_STMT(BPF_LD | BPF_IMM, attributes),
      BPF_STMT(BPF_LDX | BPF_IMM, IFA_PROTO),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, find_attribute),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 3, 0),
      BPF_STMT(BPF_MISC | BPF_TAX, 0),
      BPF_STMT(BPF_LD | BPF_B | BPF_IND, NLA_HDRLEN),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, address_protocol, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
      BPF_STMT(BPF_RET | BPF_K, 0),
  }};
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0 ? 0 : errno;
}

int join(int descriptor, int group) {
  return setsockopt(descriptor, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) == 0 ? 0 : errno;
}

bool is_ip(int family) {
  return family == AF_INET || family == AF_INET6;
}

AddressEvent to_event(ReadAddress&& read, bool added, const std::string& interface) {
  ObservedAddress& observed = read.observed;
  AddressEvent event;
  event.added = added;
  event.interface_index = read.interface_index;
  event.key = {interface, observed.key.prefix};
  event.scope = observed.value.scope;
  if (observed.value.label != interface) event.label = std::move(observed.value.label);
  event.protocol = observed.protocol;
  event.secondary = observed.secondary;
  event.finite = observed.finite;
  return event;
}

}  // namespace

std::optional<LinkEvent> read_link_event(nlmsghdr& message) {
  const auto link = read_link(message);
  if (!link) return std::nullopt;
  const auto* header = static_cast<const ifinfomsg*>(nlmsg_data(&message));
  LinkEvent event;
  event.name = link->name;
  event.index = link->index;
  event.gone = message.nlmsg_type == RTM_DELLINK;
  constexpr unsigned usable = IFF_UP | IFF_RUNNING;
  event.up = !event.gone && (header->ifi_flags & usable) == usable;
  const nlattr* address = nlmsg_find_attr(&message, sizeof(ifinfomsg), IFLA_ADDRESS);
  if (address != nullptr && nla_len(address) == static_cast<int>(event.mac.bytes.size())) {
    std::memcpy(event.mac.bytes.data(), nla_data(address), event.mac.bytes.size());
  }
  const nlattr* mtu = nlmsg_find_attr(&message, sizeof(ifinfomsg), IFLA_MTU);
  if (mtu != nullptr && nla_len(mtu) == static_cast<int>(sizeof event.mtu)) event.mtu = nla_get_u32(mtu);
  return event;
}

LinkMonitor::LinkMonitor(NetlinkSocket events, NetlinkSocket questions)
    : events_(std::move(events)), questions_(std::move(questions)) {}

Result<LinkMonitor> LinkMonitor::open(const Options& options) {
  auto events = NetlinkSocket::open(NETLINK_ROUTE, options.receive_bytes);
  if (!events) return events.error();
  auto questions = NetlinkSocket::open(NETLINK_ROUTE);
  if (!questions) return questions.error();
  if (options.hide_own_additions) {
    if (const int errnum = attach_filter(events->descriptor())) return fail("filter", errnum);
  }
  for (const int group : {RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR}) {
    if (const int errnum = join(events->descriptor(), group)) return fail("join", errnum);
  }
  return LinkMonitor(std::move(*events), std::move(*questions));
}

void LinkMonitor::take_link(nlmsghdr& message, std::vector<NetworkEvent>& events) {
  auto event = read_link_event(message);
  if (!event) {
    ++malformed_;
    return;
  }
  // A bridge tells of its ports with the same messages (net/bridge/br_netlink.c); they say nothing about the device.
  if (static_cast<const ifinfomsg*>(nlmsg_data(&message))->ifi_family != AF_UNSPEC) return;
  const auto known = names_.find(event->index);
  if (event->gone) {
    if (known != names_.end()) names_.erase(known);
  } else if (known == names_.end()) {
    names_.emplace(event->index, event->name);
  } else if (known->second != event->name) {
    events.emplace_back(LinkEvent{known->second, event->index, false, true, event->mac, event->mtu});
    known->second = event->name;
  }
  events.emplace_back(std::move(*event));
}

void LinkMonitor::take_address(nlmsghdr& message, std::vector<NetworkEvent>& events) {
  const int family = family_of_address(message);
  if (family >= 0 && !is_ip(family)) return;
  auto address = read_address(message);
  if (!address) {
    ++malformed_;
    return;
  }
  const auto name = names_.find(address->interface_index);
  std::array<char, IF_NAMESIZE> text{};
  std::string interface;
  if (name != names_.end()) {
    interface = name->second;
  } else if (if_indextoname(static_cast<unsigned>(address->interface_index), text.data()) != nullptr) {
    interface = text.data();
  }
  events.emplace_back(to_event(std::move(*address), message.nlmsg_type == RTM_NEWADDR, interface));
}

void LinkMonitor::take(nlmsghdr& message, std::vector<NetworkEvent>& events) {
  switch (message.nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
      return take_link(message, events);
    case RTM_NEWADDR:
    case RTM_DELADDR:
      return take_address(message, events);
    default:
      return;
  }
}

Result<std::vector<NetworkEvent>> LinkMonitor::read() {
  std::vector<NetworkEvent> events;
  alignas(nlmsghdr) std::array<char, event_bytes> buffer;
  for (std::size_t datagrams = 0; datagrams < events_at_once && events.size() < events_at_once; ++datagrams) {
    const ssize_t size = recv(descriptor(), buffer.data(), buffer.size(), MSG_DONTWAIT | MSG_TRUNC);
    if (size < 0 && errno == EAGAIN) break;
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno != ENOBUFS) return fail("receive", errno);
    if (size < 0 || static_cast<std::size_t>(size) > buffer.size()) {
      ++overruns_;
      events.emplace_back(Overrun{});
      continue;
    }
    int left = static_cast<int>(size);
    auto* message = reinterpret_cast<nlmsghdr*>(buffer.data());
    for (; nlmsg_ok(message, left) != 0; message = nlmsg_next(message, &left)) take(*message, events);
  }
  return events;
}

Result<NetworkView> LinkMonitor::look() {
  // What is queued now is older than the answers, and would undo them when read afterwards.
  constexpr int most_queued = 100'000;
  std::array<char, 1> nothing{};
  for (int i = 0; i < most_queued; ++i) {
    if (recv(descriptor(), nothing.data(), nothing.size(), MSG_DONTWAIT) < 0 && errno != ENOBUFS) break;
  }
  NetworkView view;
  if (!put_link_dump(message_.begin(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP))) return fail("ask", EMSGSIZE);
  int errnum = questions_.dump(
      message_, [&] { view.links.clear(); },
      [&](nlmsghdr& part) {
        auto link = read_link_event(part);
        if (link) view.links.push_back(std::move(*link));
        return link.has_value();
      });
  if (errnum == 0) {
    names_.clear();
    for (const LinkEvent& link : view.links) names_.emplace(link.index, link.name);
    if (!put_address_dump(message_.begin(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP))) return fail("ask", EMSGSIZE);
    errnum = questions_.dump(
        message_, [&] { view.addresses.clear(); },
        [&](nlmsghdr& part) {
          if (!is_ip(family_of_address(part))) return true;
          auto address = read_address(part);
          if (!address) return false;
          const auto name = names_.find(address->interface_index);
          // Its device came after the devices were read; its event is queued.
          if (name != names_.end()) view.addresses.push_back(to_event(std::move(*address), true, name->second));
          return true;
        });
  }
  if (errnum == 0) return view;
  auto anew = NetlinkSocket::open(NETLINK_ROUTE);
  if (anew) questions_ = std::move(*anew);
  return fail("look", errnum);
}

}  // namespace ballast
