// What is asked and in which order, so that what is put together from two dumps is true.
#include "drivers/network.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <unordered_map>

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include "drivers/read_error.hpp"

namespace ballast {
namespace {

/// Devices that a module makes when it is loaded, and the kind whose creation makes the kernel load it.
struct FallbackDevice {
  std::string_view name;
  const char* kind;
};
constexpr std::array<FallbackDevice, 5> fallback_devices{
    {{"tunl0", "ipip"}, {"gre0", "gre"}, {"ip6tnl0", "ip6tnl"}, {"ip6gre0", "ip6gre"}, {"sit0", "sit"}}};

bool is_device_name(const std::string& name) {
  return !name.empty() && name.size() < IFNAMSIZ;
}

}  // namespace

int NetlinkNetwork::open() {
  if (socket_) return 0;
  auto socket = NetlinkSocket::open(NETLINK_ROUTE);
  if (!socket) return socket.error().errnum;
  socket_.emplace(std::move(*socket));
  return 0;
}

Error NetlinkNetwork::fail(const char* doing, int errnum) {
  const std::string words = socket_ ? socket_->kernel_words() : "";
  socket_.reset();
  return {std::string(doing) + ": " + read_error_text(errnum, words), errnum};
}

int NetlinkNetwork::dump_indexed_addresses(std::vector<ReadAddress>& addresses) {
  if (!put_address_dump(message_.begin(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP))) return ENOMEM;
  return socket_->dump(
      message_, [&] { addresses.clear(); },
      [&](nlmsghdr& part) {
        const int family = family_of_address(part);
        if (family >= 0 && family != AF_INET && family != AF_INET6) return true;
        auto address = read_address(part);
        if (address) addresses.push_back(std::move(*address));
        return address.has_value();
      });
}

int NetlinkNetwork::dump_links_into(std::vector<ObservedLink>& links) {
  if (!put_link_dump(message_.begin(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP))) return ENOMEM;
  return socket_->dump(
      message_, [&] { links.clear(); },
      [&](nlmsghdr& part) {
        auto link = read_link(part);
        if (link) links.push_back(std::move(*link));
        return link.has_value();
      });
}

Result<std::vector<ObservedLink>> NetlinkNetwork::dump_links() {
  std::vector<ObservedLink> links;
  int errnum = open();
  if (errnum == 0) errnum = dump_links_into(links);
  if (errnum != 0) return fail("read devices", errnum);
  return links;
}

Result<std::vector<ObservedAddress>> NetlinkNetwork::dump_addresses() {
  std::vector<ReadAddress> indexed;
  std::vector<ObservedLink> links;
  int errnum = open();
  if (errnum == 0) errnum = dump_indexed_addresses(indexed);
  // Devices after addresses: an address without a device is then one whose device was deleted in between.
  if (errnum == 0) errnum = dump_links_into(links);
  if (errnum != 0) return fail("read addresses", errnum);

  std::unordered_map<int, const std::string*> names;
  for (const ObservedLink& link : links) names.emplace(link.index, &link.name);
  std::vector<ObservedAddress> addresses;
  addresses.reserve(indexed.size());
  for (ReadAddress& address : indexed) {
    const auto name = names.find(address.interface_index);
    if (name == names.end()) continue;
    ObservedAddress& observed = address.observed;
    observed.key.interface = *name->second;
    if (observed.value.label == observed.key.interface) observed.value.label.clear();
    addresses.push_back(std::move(observed));
  }
  return addresses;
}

int NetlinkNetwork::index_of(const std::string& name, int& errnum) {
  errnum = ENODEV;
  if (!is_device_name(name)) return 0;
  if (!put_link_question(message_.begin(RTM_GETLINK, NLM_F_REQUEST), name)) return 0;
  int index = 0;
  errnum = socket_->ask(message_, [&](nlmsghdr& answer) {
    const auto link = read_link(answer);
    // The kernel finds a device by its alternative names too; nothing else here knows those.
    if (link && link->name == name) index = link->index;
    return link.has_value();
  });
  if (errnum == 0 && index == 0) errnum = ENODEV;
  return index;
}

std::vector<int> NetlinkNetwork::write(std::span<const AddressWrite> writes) {
  if (const int errnum = open()) return std::vector<int>(writes.size(), errnum);
  struct Device {
    int index = 0;
    int errnum = 0;
  };
  std::map<std::string, Device> devices;
  for (const AddressWrite& write : writes) {
    const auto [device, is_new] = devices.try_emplace(write.key->interface);
    if (is_new) device->second.index = index_of(device->first, device->second.errnum);
  }

  Batch batch(*socket_, writes.size());
  for (const AddressWrite& write : writes) {
    const Device& device = devices.at(write.key->interface);
    const bool add = write.verb == Verb::add;
    nl_msg* message = message_.begin(add ? RTM_NEWADDR : RTM_DELADDR, add ? NLM_F_CREATE | NLM_F_EXCL : 0);
    if (device.errnum != 0) {
      batch.add_result(device.errnum);
    } else if (put_write(message, write, device.index)) {
      batch.add(message_);
    } else {
      batch.add_result(EMSGSIZE);
    }
  }
  std::vector<int> results = batch.finish();
  if (batch.broken()) socket_.reset();
  return results;
}

int NetlinkNetwork::command() {
  Batch batch(*socket_, 1);
  batch.add(message_);
  const int errnum = batch.finish().front();
  if (batch.broken()) socket_.reset();
  return errnum;
}

int NetlinkNetwork::write_link(const LinkWrite& write) {
  if (const int errnum = open()) return errnum;
  int errnum = 0;
  int index = index_of(*write.name, errnum);
  if (errnum == ENODEV && write.verb == Verb::add) {
    const auto fallback = std::find_if(fallback_devices.begin(), fallback_devices.end(),
                                       [&](const FallbackDevice& device) { return device.name == *write.name; });
    if (fallback == fallback_devices.end()) return ENODEV;
    nl_msg* message = message_.begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
    if (!put_new_link(message, *write.name, fallback->kind)) return EMSGSIZE;
    // Loading the module makes the device, and then creating it fails (EEXIST): what counts is whether it is there.
    const int creating = command();
    if (const int opening = open()) return opening;
    index = index_of(*write.name, errnum);
    if (errnum == ENODEV && creating != 0) errnum = creating;
  }
  if (errnum != 0) return errnum;
  if (!put_link_state(message_.begin(RTM_NEWLINK, 0), index, write.value->up)) return EMSGSIZE;
  return command();
}

std::vector<int> NetlinkNetwork::write(std::span<const LinkWrite> writes) {
  std::vector<int> results;
  results.reserve(writes.size());
  for (const LinkWrite& write : writes) results.push_back(write_link(write));
  return results;
}

}  // namespace ballast
