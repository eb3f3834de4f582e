#include "controller/vrrp/scene.hpp"

#include <algorithm>

namespace ballast::vrrp {

void Scene::reset(const NetworkView& view) {
  links_.clear();
  addresses_.clear();
  for (const LinkEvent& link : view.links) take(link);
  for (const AddressEvent& address : view.addresses) take(address);
}

void Scene::take(const LinkEvent& event) {
  if (!event.gone) {
    links_.insert_or_assign(event.name, event);
    return;
  }
  links_.erase(event.name);
  std::erase_if(addresses_, [&](const auto& item) { return item.first.interface == event.name; });
}

void Scene::take(const AddressEvent& event) {
  if (event.added) {
    addresses_.insert_or_assign(event.key, event);
  } else {
    addresses_.erase(event.key);
  }
}

bool Scene::has_foreign(const AddressKey& key) const {
  const auto found = addresses_.find(key);
  return found != addresses_.end() && !found->second.own();
}

unsigned Scene::index_of(const std::string& interface) const {
  const auto link = links_.find(interface);
  return link == links_.end() ? 0 : static_cast<unsigned>(link->second.index);
}

std::string Scene::too_large(const std::string& interface, const Group& group) const {
  const auto link = links_.find(interface);
  if (link == links_.end() || group.authentication != Authentication::ah) return {};
  const std::size_t most = most_addresses(group, link->second.mtu);
  if (group.addresses.size() <= most) return {};
  return "an AH packet carries " + std::to_string(most) + " addresses at " + interface + "'s MTU of " +
         std::to_string(link->second.mtu) + ", and " + std::to_string(group.addresses.size()) + " are advertised";
}

Footing Scene::footing(const std::string& interface, Family family, const std::optional<IpAddress>& wanted,
                       const std::vector<IpAddress>& vips) const {
  const auto link = links_.find(interface);
  if (link == links_.end()) return {false, {}, interface + " does not exist", 0};
  Footing footing{false, {}, "", static_cast<unsigned>(link->second.index)};
  if (!link->second.up) {
    footing.reason = interface + " is down";
    return footing;
  }
  const AddressEvent* best = nullptr;
  for (const auto& [key, address] : addresses_) {
    const IpAddress& ip = key.prefix.address;
    if (ip.family() != family) continue;
    if (wanted) {
      if (ip != *wanted) continue;
      best = &address;
      break;
    }
    const bool usable = family == Family::ipv6 ? ip.is_link_local() : address.scope == Scope::global;
    const bool vip = address.own() || std::find(vips.begin(), vips.end(), ip) != vips.end();
    if (key.interface != interface || !usable || vip) continue;
    if (best == nullptr || (best->secondary && !address.secondary)) best = &address;
  }
  if (best == nullptr) {
    footing.reason = wanted                   ? wanted->text() + " is not an address of this node"
                     : family == Family::ipv6 ? interface + " has no link-local IPv6 address to send from"
                                              : interface + " has no IPv4 address to send from";
    return footing;
  }
  footing.up = true;
  footing.source = best->key.prefix.address;
  return footing;
}

}  // namespace ballast::vrrp
