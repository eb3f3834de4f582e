// How the routers of a group know and reach one another: passwords, sources, unicast, and groups that change together.
#include <algorithm>
#include <map>
#include <set>

#include "model/validate_rules.hpp"

namespace ballast {

namespace {

/// A password is never repeated in a message.
void check_password(Validation& validation, const Located<std::string>& password) {
  const std::size_t size = password.value.size();
  std::string wrong;
  if (size == 0) wrong = cat("the password is empty; write 1 to ", longest_vrrp_password, " bytes");
  if (password.value.find('\0') != std::string::npos) {
    wrong = "the password has a NUL byte, and VRRP ends a password there; write others";
  }
  if (size > longest_vrrp_password) {
    wrong = cat("the password has ", size, " bytes and VRRP carries ", longest_vrrp_password,
                ": others cut it silently; shorten it on all routers of the group");
  }
  if (!wrong.empty()) validation.report.add(password.origin, wrong);
}

void check_authentication(Validation& validation, const VirtualRouter& router) {
  if (!router.authentication) return;
  const GroupAuthentication& authentication = *router.authentication;
  const bool unsure = validation.gaps.in(router.header);
  if (router.version.value != 2 && (router.version.origin.known() || !unsure)) {
    validation.report.add(authentication.origin,
                          "VRRPv3 has no authentication (removed from the protocol, RFC 9568 section 9); use version: "
                          "2 or leave it out");
    return;
  }
  const auto& password = authentication.password;
  const auto& file = authentication.password_file;
  if (password && file) {
    validation.report.add(file->origin, "password and passwordFile exclude each other; remove one of them");
  }
  if (!password && !file && !unsure) {
    validation.report.add(authentication.origin, "authentication needs 'password' or 'passwordFile'");
  }
  if (password) check_password(validation, *password);
}

/// Empty, or why `source` cannot be that of `self`.
std::string source_problem(const std::set<IpAddress>& vips, const Router& self, const IpAddress& source) {
  if (!vips.empty() && source.family() != vips.begin()->family()) {
    return "is of the other address family than the VIPs";
  }
  if (source.is_unspecified() || source.is_multicast() || source.is_loopback()) {
    return "is no address that others can answer to; write one of the node's own";
  }
  if (vips.contains(source) && self.priority.value != owner_priority) {
    return "is one of the VIPs, which a BACKUP does not hold; write one of the node's own";
  }
  return {};
}

void check_sources(Validation& validation, const VirtualRouter& router) {
  std::set<IpAddress> vips;
  for (const VirtualAddress& each : router.addresses) vips.insert(each.address.value.address);
  std::map<IpAddress, const Router*> seen;
  for (const Router& each : router.routers) {
    if (!each.source) continue;
    const auto& [source, origin] = *each.source;
    if (const std::string problem = source_problem(vips, each, source); !problem.empty()) {
      validation.report.add(origin, cat("source ", source.text(), " ", problem));
    }
    const auto [first, added] = seen.emplace(source, &each);
    if (added) continue;
    validation.report.add(origin, cat("source ", source.text(), " is also that of router '", first->second->node.value,
                                      "'", first_at(first->second->source->origin)));
  }
}

void check_unicast(Validation& validation, const VirtualRouter& router) {
  if (!router.unicast.value || validation.gaps.in(router.header)) return;
  if (router.virtual_mac.value) {
    validation.report.add(router.virtual_mac.origin,
                          "virtualMac and unicast exclude each other: peers' packets arrive on the router's interface, "
                          "not on the virtual MAC's device");
  }
  if (router.routers.size() == 1) {
    validation.report.add(router.unicast.origin, "unicast needs a second router to send to");
    return;
  }
  for (const Router& each : router.routers) {
    if (each.source) continue;
    validation.report.add(each.node.origin, cat("router '", each.node.value,
                                                "' needs 'source': with unicast, the others send to that address"));
  }
}

std::set<std::string_view> nodes_of(const VirtualRouter& router) {
  std::set<std::string_view> nodes;
  for (const Router& each : router.routers) nodes.insert(each.node.value);
  return nodes;
}

/// Complains about the first node that only one of two members of a sync group has.
void check_same_nodes(Validation& validation, const VirtualRouter& first, const VirtualRouter& second) {
  const auto complain_unless_in = [&](const VirtualRouter& has, const VirtualRouter& lacks) {
    const auto nodes = nodes_of(lacks);
    const auto only = std::find_if(has.routers.begin(), has.routers.end(),
                                   [&](const Router& each) { return !nodes.contains(each.node.value); });
    if (only == has.routers.end()) return false;
    validation.report.add(second.sync_group->origin,
                          cat("syncGroup '", second.sync_group->value, "': node '", only->node.value,
                              "' is a router of ", object_of(has.header.origin), " but not of ",
                              object_of(lacks.header.origin), "; all its members need the same nodes"));
    return true;
  };
  if (!complain_unless_in(first, second)) complain_unless_in(second, first);
}

}  // namespace

void check_peers(Validation& validation, const VirtualRouter& router) {
  check_authentication(validation, router);
  check_sources(validation, router);
  check_unicast(validation, router);
}

void check_sync_groups(Validation& validation) {
  std::map<std::string_view, std::vector<const VirtualRouter*>> groups;
  for (const VirtualRouter& router : validation.manifest.virtual_routers) {
    if (router.sync_group) groups[router.sync_group->value].push_back(&router);
  }
  for (const auto& [name, members] : groups) {
    const VirtualRouter& first = *members.front();
    if (members.size() == 1 && !validation.gaps.in_kind("VirtualRouter")) {
      validation.report.add(first.sync_group->origin, cat("syncGroup '", name,
                                                          "' has no other VirtualRouter; write it in all that change "
                                                          "together, or remove it"));
    }
    if (validation.gaps.in(first.header)) continue;
    for (std::size_t i = 1; i < members.size(); ++i) {
      if (!validation.gaps.in(members[i]->header)) check_same_nodes(validation, first, *members[i]);
    }
  }
}

}  // namespace ballast
