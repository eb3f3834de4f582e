// Addresses stand in the order in which they were added, as secondaries are promoted in it.
#include "fakes/fake_network.hpp"

#include <algorithm>
#include <cerrno>

namespace ballast {
namespace {

constexpr std::size_t longest_label = 15;  // IFNAMSIZ - 1

bool is_loopback_device(const std::string& name) {
  return name == "lo";
}

/// IPv6 has no scope of its own beside the address (addrconf.c, rt_scope()).
Scope scope_of(const IpAddress& address, Scope asked) {
  if (address.is_ipv4()) return asked;
  if (address.is_loopback()) return Scope::host;
  if (address.is_link_local()) return Scope::link;
  const bool is_site = address.bytes()[0] == 0xfe && (address.bytes()[1] & 0xc0) == 0xc0;
  return is_site ? Scope::site : Scope::global;
}

bool same_subnet(const AddressKey& a, const AddressKey& b) {
  return a.interface == b.interface && a.prefix.length == b.prefix.length && a.prefix.contains(b.prefix.address);
}

}  // namespace

FakeNetwork::FakeNetwork(FakeSysctls& sysctls) : sysctls_(sysctls) {
  add_device("lo", true);
  add_foreign({"lo", *Prefix::parse("127.0.0.1/8")}, {Scope::host, ""});
  add_foreign({"lo", *Prefix::parse("::1/128")}, {Scope::host, ""});
}

void FakeNetwork::add_device(const std::string& name, bool up) {
  int index = 1;
  for (const ObservedLink& link : links) index = std::max(index, link.index + 1);
  links.push_back({name, index, up});
  sysctls_.add_device(name);
}

ObservedLink* FakeNetwork::find_device(const std::string& name) {
  const auto link = std::find_if(links.begin(), links.end(), [&](const auto& one) { return one.name == name; });
  return link != links.end() ? &*link : nullptr;
}

Result<std::vector<ObservedAddress>> FakeNetwork::dump_addresses() {
  if (const int errnum = address_faults.next_dump()) {
    return Error{"read addresses: " + errno_text(errnum), errnum};
  }
  return addresses;
}

Result<std::vector<ObservedLink>> FakeNetwork::dump_links() {
  if (const int errnum = link_faults.next_dump()) return Error{"read devices: " + errno_text(errnum), errnum};
  return links;
}

int FakeNetwork::add_address(ObservedAddress address) {
  const AddressKey& key = address.key;
  const IpAddress& ip = key.prefix.address;
  if (find_device(key.interface) == nullptr) return ENODEV;
  if (!ip.is_ipv4()) {
    if (ip.is_multicast() || ip.is_unspecified()) return EADDRNOTAVAIL;
    if (ip.is_loopback() && !is_loopback_device(key.interface)) return EADDRNOTAVAIL;
    address.value.label.clear();
  } else if (address.value.label.size() > longest_label) {
    return ERANGE;
  }
  address.value.scope = scope_of(ip, address.value.scope);
  if (address.value.label == key.interface) address.value.label.clear();
  for (const ObservedAddress& other : addresses) {
    if (other.key.interface != key.interface) continue;
    if (!ip.is_ipv4()) {
      if (other.key.prefix.address == ip) return EEXIST;
      continue;
    }
    if (other.key == key) return EEXIST;
    if (!same_subnet(other.key, key)) continue;
    if (other.value.scope != address.value.scope) return EINVAL;
    address.secondary = true;
  }
  addresses.push_back(std::move(address));
  return 0;
}

int FakeNetwork::add_foreign(const AddressKey& key, const Address& value, bool finite) {
  return add_address({key, value, 0, false, finite});
}

void FakeNetwork::forget_secondaries_of(const ObservedAddress& primary) {
  const auto is_secondary = [&](const ObservedAddress& other) {
    return other.secondary && same_subnet(primary.key, other.key);
  };
  if (!sysctls_.is_set("net.ipv4.conf", primary.key.interface, "promote_secondaries")) {
    std::erase_if(addresses, is_secondary);
    return;
  }
  const auto heir = std::find_if(addresses.begin(), addresses.end(), is_secondary);
  if (heir != addresses.end()) heir->secondary = false;
}

int FakeNetwork::remove_address(const AddressKey& key) {
  if (find_device(key.interface) == nullptr) return ENODEV;
  const auto found =
      std::find_if(addresses.begin(), addresses.end(), [&](const auto& address) { return address.key == key; });
  if (found == addresses.end()) return EADDRNOTAVAIL;
  const ObservedAddress removed = *found;
  addresses.erase(found);
  if (key.prefix.address.is_ipv4() && !removed.secondary) forget_secondaries_of(removed);
  return 0;
}

int FakeNetwork::carry_out(const AddressWrite& write) {
  if (!permitted) return EPERM;
  if (write.verb == Verb::remove) return remove_address(*write.key);
  return add_address({*write.key, *write.value, knows_protocol ? address_protocol : std::uint8_t{0}, false, false});
}

int FakeNetwork::carry_out(const LinkWrite& write) {
  if (!permitted) return EPERM;
  ObservedLink* link = find_device(*write.name);
  if (link == nullptr && write.verb == Verb::add && loadable.contains(*write.name)) {
    add_device(*write.name, false);
    link = find_device(*write.name);
  }
  if (link == nullptr) return ENODEV;
  // IPv6 forgets the addresses of a device that goes down (keep_addr_on_down=0).
  if (link->up && !write.value->up) {
    std::erase_if(addresses, [&](const ObservedAddress& address) {
      return address.key.interface == *write.name && !address.key.prefix.address.is_ipv4();
    });
  }
  link->up = write.value->up;
  return 0;
}

std::vector<int> FakeNetwork::write(std::span<const AddressWrite> writes) {
  address_commands += static_cast<int>(writes.size());
  std::vector<int> results;
  for (const AddressWrite& write : writes) {
    results.push_back(
        address_faults.result(results.size(), write, [this](const AddressWrite& one) { return carry_out(one); }));
  }
  address_faults.end_of_write();
  return results;
}

std::vector<int> FakeNetwork::write(std::span<const LinkWrite> writes) {
  link_commands += static_cast<int>(writes.size());
  std::vector<int> results;
  for (const LinkWrite& write : writes) {
    results.push_back(
        link_faults.result(results.size(), write, [this](const LinkWrite& one) { return carry_out(one); }));
  }
  link_faults.end_of_write();
  return results;
}

}  // namespace ballast
