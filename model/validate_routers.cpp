// VirtualRouter documents: what VRRP (RFC 3768, RFC 9568) and the kernel allow of intervals, addresses and devices.
#include <algorithm>
#include <map>
#include <tuple>

#include "model/validate_rules.hpp"

namespace ballast {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

void check_interval(Validation& validation, const VirtualRouter& router) {
  const auto& interval = router.advertisement_interval;
  if (!interval.origin.known()) return;
  // RFC 3768: an 8-bit number of seconds. RFC 9568: a 12-bit number of centiseconds.
  if (router.version.value == 2) {
    if (interval.value % seconds(1) == milliseconds(0) && interval.value >= seconds(1)) return;
    validation.report.add(interval.origin, "advertisementInterval must be whole seconds, 1s..255s, in version 2");
    return;
  }
  if (interval.value % milliseconds(10) == milliseconds(0) && interval.value <= milliseconds(40950)) return;
  validation.report.add(interval.origin, "advertisementInterval must be 10ms..40950ms in steps of 10ms, in version 3");
}

bool has_mixed_families(const VirtualRouter& router) {
  return std::any_of(router.addresses.begin(), router.addresses.end(), [&](const VirtualAddress& each) {
    return each.address.value.address.family() != router.family();
  });
}

/// What does not fit into a packet is refused, not left out of it.
void check_count(Validation& validation, const VirtualRouter& router) {
  if (router.addresses.empty() || has_mixed_families(router)) return;
  const bool ah = router.authentication && router.authentication->type.value == AuthenticationType::ah;
  const std::size_t most = most_virtual_addresses(router.family(), router.version.value, ah);
  std::size_t count = 0;
  const Origin* beyond = nullptr;
  for (const VirtualAddress& each : router.addresses) {
    if (each.advertised.value && ++count == most + 1) beyond = &each.address.origin;
  }
  if (count == 0) {
    validation.report.add(router.addresses.front().address.origin,
                          "one address at least must be advertised: its packets are how the routers know the group");
  }
  if (beyond == nullptr) return;
  validation.report.add(*beyond,
                        cat(count, " addresses, and ", most,
                            " fit into an advertisement with an MTU of 1500; write 'advertised: false' with the "
                            "others, which are then held without being in it"));
}

/// Where the routers' interfaces differ, the label must fit all of them (which it cannot).
void check_labels(Validation& validation, const VirtualRouter& router) {
  if (!router.virtual_router_id.origin.known()) return;
  std::map<std::string_view, const Router*> interfaces;  // each once: the first router that has it
  for (const Router& each : router.routers) {
    if (each.interface || router.interface) interfaces.emplace(interface_of(router, each), &each);
  }
  for (const VirtualAddress& address : router.addresses) {
    if (!address.label) continue;
    for (const auto& [interface, each] : interfaces) {
      if (check_label(validation, *address.label, address.address, address_key(router, *each, address).interface))
        break;
    }
  }
}

void check_families(Validation& validation, const VirtualRouter& router) {
  if (router.addresses.empty()) return;
  const auto& first = router.addresses.front().address;
  for (const VirtualAddress& each : router.addresses) {
    if (each.address.value.address.family() != first.value.address.family()) {
      validation.report.add(each.address.origin, cat("a VirtualRouter carries one address family; ", first.value.text(),
                                                     " is of the other: write a second VirtualRouter"));
      return;
    }
  }
  if (router.version.value == 2 && !first.value.address.is_ipv4()) {
    validation.report.add(first.origin, "VRRP version 2 carries IPv4 only; write version: 3");
  }
}

void check_owners(Report& report, const VirtualRouter& router) {
  const auto is_owner = [](const Router& each) { return each.priority.value == owner_priority; };
  const auto& routers = router.routers;
  const auto first = std::find_if(routers.begin(), routers.end(), is_owner);
  if (first == routers.end()) return;
  const auto second = std::find_if(first + 1, routers.end(), is_owner);
  if (second != routers.end()) {
    report.add(second->priority.origin, cat("priority 255 is the owner's, and a VIP has one; write 254 at most",
                                            first_at(first->priority.origin)));
  }
  if (!std::all_of(routers.begin(), routers.end(), is_owner)) return;
  for (const Track& track : router.track) {
    if (track.weight.value == 0) continue;
    report.add(track.weight.origin, "weight has no effect on priority 255, the owner's; write a lower priority");
  }
}

void check_router(Validation& validation, const VirtualRouter& router) {
  Report& report = validation.report;
  check_interval(validation, router);
  check_families(validation, router);
  for (const auto& each : router.addresses) check_vip(validation, each.address);
  check_count(validation, router);
  check_labels(validation, router);
  check_peers(validation, router);
  check_tracking(validation, router);
  check_owners(report, router);
  if (!router.preempt && router.preempt_delay.value > milliseconds(0)) {
    report.add(router.preempt_delay.origin, "preemptDelay has no effect with preempt: false; remove one of them");
  }
  std::unordered_map<std::string_view, const Origin*> seen;
  for (const Router& each : router.routers) {
    if (!each.node.origin.known()) continue;
    const auto [first, added] = seen.emplace(each.node.value, &each.node.origin);
    if (!added) {
      report.add(each.node.origin, cat("node '", each.node.value, "' is listed twice", first_at(*first->second)));
    }
    if (!each.interface && !router.interface && !validation.gaps.in(router.header)) {
      report.add(each.node.origin, cat("router '", each.node.value,
                                       "' has no interface; write 'interface' here or in the VirtualRouter"));
    }
  }
}

/// One VRID means one group on one link: two groups of a node must differ in it.
void check_groups(Validation& validation) {
  using Place = std::tuple<std::string_view, std::string_view, int, Family>;  // node, interface, VRID, family
  std::map<Place, const VirtualRouter*> seen;
  for (const VirtualRouter& router : validation.manifest.virtual_routers) {
    if (!router.virtual_router_id.origin.known() || router.addresses.empty()) continue;
    for (const Router& each : router.routers) {
      const auto& interface = each.interface ? each.interface : router.interface;
      if (!interface || !each.node.origin.known()) continue;
      const Place place{each.node.value, interface->value, router.virtual_router_id.value, router.family()};
      const auto [first, added] = seen.emplace(place, &router);
      if (added || first->second == &router) continue;
      validation.report.add(router.virtual_router_id.origin,
                            cat("virtualRouterId ", router.virtual_router_id.value, " is also that of ",
                                object_of(first->second->header.origin), " on ", interface->value, " of node '",
                                each.node.value, "'", first_at(first->second->virtual_router_id.origin)));
      break;
    }
  }
}

/// The device of a virtual MAC is named after the VRID: a node has one of each family.
void check_virtual_macs(Validation& validation) {
  struct Holding {
    const VirtualRouter* group;
    std::string_view interface;
  };
  std::map<std::pair<std::string_view, std::string>, Holding> seen;  // node, device
  for (const VirtualRouter& router : validation.manifest.virtual_routers) {
    if (!router.virtual_mac.value || !router.virtual_router_id.origin.known() || router.addresses.empty()) continue;
    const std::string device = virtual_mac_device(router.family(), router.virtual_router_id.value);
    for (const Router& each : router.routers) {
      if (!each.node.origin.known() || !(each.interface || router.interface)) continue;
      const Holding holding{&router, interface_of(router, each)};
      const auto [first, added] = seen.emplace(std::pair(std::string_view(each.node.value), device), holding);
      const Holding& other = first->second;
      // On one interface it is check_groups() that complains.
      if (added || other.group == &router || other.interface == holding.interface) continue;
      validation.report.add(
          router.virtual_mac.origin,
          cat("virtualMac: ", device, " is also the device of ", object_of(other.group->header.origin), " on node '",
              each.node.value, "'; write another virtualRouterId", first_at(other.group->virtual_mac.origin)));
      break;
    }
  }
}

}  // namespace

void validate_routers(Validation& validation) {
  for (const VirtualRouter& router : validation.manifest.virtual_routers) {
    check_router(validation, router);
    auto& nodes = validation.node_lists.emplace_back();
    for (const Router& each : router.routers) {
      if (each.node.origin.known()) nodes.push_back(each.node.value);
    }
    for (const VirtualAddress& each : router.addresses) {
      validation.holders[each.address.value.address].push_back({&router.header, each.address.origin, nodes});
    }
  }
  check_groups(validation);
  check_virtual_macs(validation);
  check_sync_groups(validation);
}

}  // namespace ballast
