// VirtualRouter and Address documents: who holds which address, and what VRRP (RFC 3768, RFC 9568) allows.
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

void check_families(Validation& validation, const VirtualRouter& router) {
  if (router.addresses.empty()) return;
  const auto& first = router.addresses.front().address;
  for (const auto& [address, interface, label] : router.addresses) {
    if (address.value.address.family() != first.value.address.family()) {
      validation.report.add(address.origin, cat("a VirtualRouter carries one address family; ", first.value.text(),
                                                " is of the other: write a second VirtualRouter"));
      return;
    }
  }
  if (router.version.value == 2 && !first.value.address.is_ipv4()) {
    validation.report.add(first.origin, "VRRP version 2 carries IPv4 only; write version: 3");
  }
}

void check_router(Validation& validation, const VirtualRouter& router) {
  Report& report = validation.report;
  check_interval(validation, router);
  check_families(validation, router);
  for (const auto& each : router.addresses) check_vip(validation, each.address);
  constexpr std::size_t most_addresses = 255;  // RFC 9568 section 5.2.5: an 8-bit count
  if (router.addresses.size() > most_addresses) {
    report.add(router.addresses[most_addresses].address.origin,
               cat("a VirtualRouter may have ", most_addresses, " addresses at most; write a second one"));
  }
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

void check_label(Validation& validation, const AddressDocument& document) {
  if (!document.label || !document.interface.origin.known()) return;
  const std::string& label = document.label->value;
  const std::string& interface = document.interface.value;
  constexpr std::size_t longest = 15;  // IFNAMSIZ - 1
  if (document.address.origin.known() && !document.address.value.address.is_ipv4()) {
    validation.report.add(document.label->origin, "only IPv4 addresses have labels; remove it");
    return;
  }
  const bool shaped =
      label.size() > interface.size() + 1 && label.starts_with(interface) && label[interface.size()] == ':';
  const bool plain = label.find_first_of("/ \t\r\n") == std::string::npos && label.find('\0') == std::string::npos;
  if (shaped && plain && label.size() <= longest) return;
  validation.report.add(document.label->origin, cat("label '", shown(label), "' must be '", interface,
                                                    ":' and a word, ", longest, " characters at most"));
}

/// Each address has one holder on a node. Reports each pair of holders once.
void check_holders(Validation& validation) {
  for (const auto& [address, holders] : validation.holders) {
    if (holders.size() < 2) continue;
    std::unordered_map<std::string_view, const Holder*> seen;
    for (const Holder& holder : holders) {
      for (const std::string_view node : holder.nodes) {
        const auto [first, added] = seen.emplace(node, &holder);
        if (added) continue;
        if (first->second->origin.line == holder.origin.line && first->second->origin.column == holder.origin.column &&
            first->second->origin.file == holder.origin.file) {
          continue;  // the node is listed twice, which has been said
        }
        validation.report.add(holder.origin, cat(address.text(), " is also held by ", object_of(first->second->origin),
                                                 " on node '", node, "'", first_at(first->second->origin)));
        break;
      }
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
    for (const auto& [address, interface, label] : router.addresses) {
      validation.holders[address.value.address].push_back({&router.header, address.origin, nodes});
    }
  }
  check_groups(validation);
}

void validate_addresses(Validation& validation) {
  for (const AddressDocument& document : validation.manifest.addresses) {
    check_nodes(validation, document.nodes);
    check_label(validation, document);
    if (!document.address.origin.known()) continue;
    check_vip(validation, document.address);
    auto& nodes = validation.node_lists.emplace_back();
    for (const auto& node : document.nodes) nodes.push_back(node.value);
    validation.holders[document.address.value.address].push_back({&document.header, document.address.origin, nodes});
  }
  check_holders(validation);
}

}  // namespace ballast
