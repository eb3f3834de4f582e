// RTM_NEWLINK of kind macvlan (drivers/net/macvlan.c), and the kernel parameters that make it answer for itself.
#include "drivers/macvlan.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <sys/socket.h>

#include "drivers/network_codec.hpp"

namespace ballast {
namespace {

constexpr const char* kind_macvlan = "macvlan";

bool put_link_header(nl_msg* message, int index) {
  ifinfomsg header{};
  header.ifi_index = index;
  return nlmsg_append(message, &header, sizeof header, NLMSG_ALIGNTO) == 0;
}

bool put_new_macvlan(nl_msg* message, const VirtualMac& wanted, const MacAddress& mac, int parent_index) {
  if (!put_link_header(message, 0) || nla_put_string(message, IFLA_IFNAME, wanted.name.c_str()) != 0 ||
      nla_put(message, IFLA_ADDRESS, static_cast<int>(mac.bytes.size()), mac.bytes.data()) != 0 ||
      nla_put_u32(message, IFLA_LINK, static_cast<std::uint32_t>(parent_index)) != 0) {
    return false;
  }
  nlattr* info = nla_nest_start(message, IFLA_LINKINFO);
  if (info == nullptr || nla_put_string(message, IFLA_INFO_KIND, kind_macvlan) != 0) return false;
  nlattr* data = nla_nest_start(message, IFLA_INFO_DATA);
  // Private: nothing passes between two virtual routers of this node but through the network.
  if (data == nullptr || nla_put_u32(message, IFLA_MACVLAN_MODE, MACVLAN_MODE_PRIVATE) != 0) return false;
  nla_nest_end(message, data);
  nla_nest_end(message, info);
  return true;
}

/// "net.ipv4.conf.vrrp/41.arp_ignore": a dot in the device's name is written as a slash, as sysctl(8) does.
SysctlKey parameter(const char* family, std::string device, const char* name) {
  std::replace(device.begin(), device.end(), '.', '/');
  return std::string("net.") + family + ".conf." + device + "." + name;
}

Error fail(const VirtualMac& wanted, const std::string& why, int errnum) {
  return {"virtual MAC device " + wanted.name + " on " + wanted.parent + ": " + why, errnum};
}

bool is_device_name(const std::string& name) {
  return !name.empty() && name.size() < IFNAMSIZ && name != "." && name != ".." &&
         std::none_of(name.begin(), name.end(), [](char c) { return c == '/' || c == ':' || c <= ' '; });
}

}  // namespace

int MacvlanDevices::open() {
  if (socket_) return 0;
  auto socket = NetlinkSocket::open(NETLINK_ROUTE);
  if (!socket) return socket.error().errnum;
  socket_.emplace(std::move(*socket));
  return 0;
}

int MacvlanDevices::command() {
  Batch batch(*socket_, 1);
  batch.add(message_);
  const int errnum = batch.finish().front();
  if (batch.broken()) socket_.reset();
  return errnum;
}

std::optional<MacvlanDevices::Found> MacvlanDevices::find(const std::string& name, int& errnum) {
  Found found;
  errnum = EMSGSIZE;
  if (!put_link_question(message_.begin(RTM_GETLINK, NLM_F_REQUEST), name)) return std::nullopt;
  errnum = socket_->ask(message_, [&](nlmsghdr& answer) {
    std::array<nlattr*, IFLA_LINKINFO + 1> attributes{};
    if (nlmsg_parse(&answer, sizeof(ifinfomsg), attributes.data(), IFLA_LINKINFO, nullptr) != 0) return false;
    const auto link = read_link(answer);
    if (!link || link->name != name) return false;
    found.index = link->index;
    const nlattr* parent = attributes[IFLA_LINK];
    if (parent != nullptr && nla_len(parent) >= 4) found.parent_index = static_cast<int>(nla_get_u32(parent));
    const nlattr* mac = attributes[IFLA_ADDRESS];
    if (mac != nullptr && nla_len(mac) == static_cast<int>(found.mac.bytes.size())) {
      std::memcpy(found.mac.bytes.data(), nla_data(mac), found.mac.bytes.size());
    }
    nlattr* info = attributes[IFLA_LINKINFO];
    const nlattr* kind = nullptr;
    if (info != nullptr) kind = nla_find(static_cast<nlattr*>(nla_data(info)), nla_len(info), IFLA_INFO_KIND);
    if (kind != nullptr) {
      const char* text = static_cast<const char*>(nla_data(kind));
      found.kind.assign(text, strnlen(text, static_cast<std::size_t>(nla_len(kind))));
    }
    return true;
  });
  if (errnum == EBADMSG) errnum = ENODEV;  // answered for a device that has this as an alternative name
  if (errnum != 0) return std::nullopt;
  return found;
}

Result<MacvlanDevices::Found> MacvlanDevices::find_ours(const VirtualMac& wanted, int parent_index) {
  int errnum = 0;
  auto found = find(wanted.name, errnum);
  if (!found) return fail(wanted, errno_text(errnum), errnum);
  const MacAddress mac = virtual_mac(wanted.family, wanted.vrid);
  if (found->kind != kind_macvlan) return fail(wanted, "a device of this name is there and is no macvlan", EEXIST);
  if (found->mac != mac) {
    return fail(wanted,
                "a device of this name is there with the MAC " + found->mac.text() + " instead of " + mac.text(),
                EEXIST);
  }
  if (parent_index != 0 && found->parent_index != parent_index) {
    return fail(wanted, "a device of this name is there on another interface", EEXIST);
  }
  return *found;
}

Result<void> MacvlanDevices::make(const VirtualMac& wanted, int parent_index) {
  nl_msg* message = message_.begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  if (!put_new_macvlan(message, wanted, virtual_mac(wanted.family, wanted.vrid), parent_index)) {
    return fail(wanted, "the name is too long", EMSGSIZE);
  }
  switch (const int errnum = command()) {
    case 0:
      return {};
    case EOPNOTSUPP:
      return fail(wanted, "the kernel has no macvlan (load the module macvlan): " + errno_text(errnum), errnum);
    case EINVAL:
      return fail(wanted, "the interface cannot carry a macvlan: " + errno_text(errnum), errnum);
    default:
      return fail(wanted, "create: " + errno_text(errnum), errnum);
  }
}

Result<void> MacvlanDevices::change(const SysctlKey& key, const SysctlValue& value,
                                    std::vector<SysctlChange>* changes) {
  const auto before = sysctls_.read(key);
  // No IPv6 in this kernel: nothing to switch off.
  if (!before && before.error().errnum == ENOENT && key.starts_with("net.ipv6.")) return {};
  if (!before) return Error{"read " + key + ": " + before.error().text, before.error().errnum};
  if (*before == value) return {};
  const SysctlChange made{key, *before, value};
  if (changes != nullptr && witness_) {
    if (auto witnessed = witness_(made); !witnessed) return witnessed.error();
  }
  if (const int errnum = sysctls_.write(key, value)) {
    return Error{"set " + key + " to " + value + ": " + errno_text(errnum), errnum};
  }
  if (changes != nullptr) changes->push_back(made);
  return {};
}

/// What `all` asked of every device is asked of each from now on, and of those to come, so that one can be exempt.
void MacvlanDevices::move_rp_filter(std::vector<SysctlChange>& changes) {
  const SysctlKey all = parameter("ipv4", "all", "rp_filter");
  const auto for_all = sysctls_.read(all);
  if (!for_all || *for_all == "0") return;
  std::vector<std::string> devices{"default"};
  if (struct if_nameindex* list = if_nameindex()) {
    for (const struct if_nameindex* device = list; device->if_index != 0; ++device)
      devices.emplace_back(device->if_name);
    if_freenameindex(list);
  }
  for (const std::string& device : devices) {
    const SysctlKey key = parameter("ipv4", device, "rp_filter");
    const auto own = sysctls_.read(key);
    if (own && *own < *for_all) static_cast<void>(change(key, *for_all, &changes));
  }
  static_cast<void>(change(all, "0", &changes));
}

Result<void> MacvlanDevices::set_parameters(const VirtualMac& wanted, std::vector<SysctlChange>& changes) {
  struct Wanted {
    SysctlKey key;
    const char* value;
    bool stays;  ///< on a device that is there before and after ours
  };
  std::vector<Wanted> parameters;
  if (wanted.family == Family::ipv4) {
    move_rp_filter(changes);
    parameters = {{parameter("ipv4", wanted.name, "rp_filter"), "0", false},
                  {parameter("ipv4", wanted.name, "accept_local"), "1", false},
                  {parameter("ipv4", wanted.name, "promote_secondaries"), "1", false},
                  {parameter("ipv6", wanted.name, "disable_ipv6"), "1", false}};
    // On the parent, a higher value of somebody else does as well.
    for (const auto& [name, value] : {std::pair{"arp_ignore", "1"}, std::pair{"arp_announce", "2"}}) {
      parameters.push_back({parameter("ipv4", wanted.name, name), value, false});
      const SysctlKey on_parent = parameter("ipv4", wanted.parent, name);
      const auto now = sysctls_.read(on_parent);
      if (now && *now < value) parameters.push_back({on_parent, value, true});
    }
  } else {
    constexpr const char* no_automatic_addresses = "1";  // IN6_ADDR_GEN_MODE_NONE
    parameters = {{parameter("ipv6", wanted.name, "disable_ipv6"), "0", false},
                  {parameter("ipv6", wanted.name, "addr_gen_mode"), no_automatic_addresses, false},
                  {parameter("ipv6", wanted.name, "accept_ra"), "0", false}};
  }
  for (const Wanted& one : parameters) {
    if (auto result = change(one.key, one.value, one.stays ? &changes : nullptr); !result) {
      return fail(wanted, result.error().text, result.error().errnum);
    }
  }
  return {};
}

Result<VirtualMacDevice> MacvlanDevices::create(const VirtualMac& wanted) {
  if (!is_device_name(wanted.name)) return fail(wanted, "no name for a device (15 characters at most)", EINVAL);
  if (wanted.vrid == 0) return fail(wanted, "a VRID is 1 to 255", EINVAL);
  if (const int errnum = open()) return fail(wanted, errno_text(errnum), errnum);
  const int parent_index = static_cast<int>(if_nametoindex(wanted.parent.c_str()));
  if (parent_index == 0) return fail(wanted, "there is no " + wanted.parent, ENODEV);

  auto found = find_ours(wanted, parent_index);
  if (!found && found.error().errnum == ENODEV) {
    if (auto made = make(wanted, parent_index); !made) return made.error();
    found = find_ours(wanted, parent_index);
  }
  if (!found) return found.error();

  VirtualMacDevice device;
  device.index = found->index;
  // Before it is up: it must not answer for others' addresses for a moment, nor give itself an address.
  auto set = set_parameters(wanted, device.changes);
  int errnum = 0;
  if (set && put_link_state(message_.begin(RTM_NEWLINK, 0), found->index, true)) errnum = command();
  if (errnum == EADDRINUSE || errnum == EBUSY) {
    set = fail(wanted, "another device on " + wanted.parent + " has the MAC " + found->mac.text(), EBUSY);
  } else if (errnum != 0) {
    set = fail(wanted, "set up: " + errno_text(errnum), errnum);
  }
  if (set) return device;
  restore(device.changes);
  static_cast<void>(remove(wanted));
  return set.error();
}

Result<void> MacvlanDevices::remove(const VirtualMac& wanted) {
  if (const int errnum = open()) return fail(wanted, errno_text(errnum), errnum);
  const auto found = find_ours(wanted, 0);
  if (!found && found.error().errnum == ENODEV) return {};
  if (!found) return found.error();
  if (!put_link_header(message_.begin(RTM_DELLINK, 0), found->index)) return fail(wanted, "delete", EMSGSIZE);
  const int errnum = command();
  if (errnum != 0 && errnum != ENODEV) return fail(wanted, "delete: " + errno_text(errnum), errnum);
  return {};
}

void MacvlanDevices::restore(const std::vector<SysctlChange>& changes) {
  for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
    const auto now = sysctls_.read(change->key);
    if (now && *now == change->after) sysctls_.write(change->key, change->before);
  }
}

}  // namespace ballast
