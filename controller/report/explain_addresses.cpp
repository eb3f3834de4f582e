// Virtual routers and addresses: who holds a VIP, and whose an address is.
#include <algorithm>

#include <fmt/format.h>

#include "controller/report/explain_facts.hpp"

namespace ballast {
namespace {

bool names(const NodeList& nodes, std::string_view node) {
  return std::any_of(nodes.begin(), nodes.end(), [&](const auto& each) { return each.value == node; });
}

bool has_router(const Manifest* manifest, const std::string& name) {
  return manifest != nullptr && std::any_of(manifest->virtual_routers.begin(), manifest->virtual_routers.end(),
                                            [&](const VirtualRouter& each) { return each.header.name == name; });
}

std::string where_it_is(const Facts& facts, const IpAddress& address) {
  if (facts.known.seen == nullptr) return "not looked at yet";
  std::vector<std::string> places;
  for (const AddressKey& key : facts.kernel_addresses(address)) places.push_back(key.text());
  return places.empty() ? "not there" : "there: " + list_text(places);
}

void explain_router(const Facts& facts, const VirtualRouter& group, std::vector<Explanation>& all) {
  Explanation out{"router " + group.header.name, {}, {}, {}, {}};
  std::vector<std::string> vips;
  for (const VirtualAddress& vip : group.addresses) vips.push_back(vip.address.value.text());
  out.wanted_by.push_back(fmt::format("{}: VRID {}, {}", Facts::place(group.header.origin),
                                      group.virtual_router_id.value, list_text(vips)));
  if (std::string why = facts.why_not_master(group.header.name); !why.empty()) out.held_back.push_back(std::move(why));
  if (const http::RouterStatus* status = facts.router(group.header.name)) {
    out.notes.push_back(fmt::format("{} with priority {} ({} in the manifest): {}", status->role, status->priority,
                                    status->base_priority, status->reason));
    if (status->conflict) out.held_back.push_back("conflict: " + *status->conflict);
    if (status->trouble) out.held_back.push_back(*status->trouble);
  }
  std::vector<std::string> there;
  for (const VirtualAddress& vip : group.addresses) {
    if (!facts.kernel_addresses(vip.address.value.address).empty()) there.push_back(vip.address.value.address.text());
  }
  out.kernel.push_back(facts.known.seen == nullptr
                           ? "not looked at yet"
                           : fmt::format("{} of {} VIPs are here{}{}", there.size(), vips.size(),
                                         there.empty() ? "" : ": ", there.empty() ? "" : list_text(there)));
  facts.note_held(out, true, has_router(facts.known.held, group.header.name));
  all.push_back(std::move(out));
}

void explain_vip(const Facts& facts, const VirtualRouter& group, const VirtualAddress& vip,
                 std::vector<Explanation>& all) {
  const Router* router = find_router(group, facts.known.node);
  const std::string object = router == nullptr ? vip.address.value.text() : address_key(group, *router, vip).text();
  Explanation out{fmt::format("VIP {} of router {}", object, group.header.name), {}, {}, {}, {}};
  out.wanted_by.push_back(fmt::format("VirtualRouter/{} at {}", group.header.name, vip.address.origin.line_text()));
  if (std::string why = facts.why_not_master(group.header.name); !why.empty()) out.held_back.push_back(std::move(why));
  out.kernel.push_back(where_it_is(facts, vip.address.value.address));
  all.push_back(std::move(out));
}

/// What the rendered state wants of the address: static ones, and those of real servers.
bool explain_wanted(const Facts& facts, const IpAddress& address, std::vector<Explanation>& all) {
  bool any = false;
  for (const auto& [key, entry] : facts.wanted.addresses) {
    if (key.prefix.address != address) continue;
    any = true;
    Explanation out{"address " + key.text(),
                    {Facts::place(entry.origin)},
                    facts.failures(Kind::address, key.text()),
                    {where_it_is(facts, address)},
                    {}};
    const bool unknown = facts.known.seen != nullptr && !facts.known.seen->before.interfaces.contains(key.interface);
    if (unknown && out.held_back.empty()) {
      out.held_back.push_back(fmt::format("there is no interface '{}' on this node", key.interface));
    }
    all.push_back(std::move(out));
  }
  return any;
}

void explain_document(const Facts& facts, const AddressDocument& document, std::vector<Explanation>& all) {
  if (names(document.nodes, facts.known.node)) return;  // then it is wanted
  const AddressKey key{document.interface.value, document.address.value};
  Explanation out{"address " + key.text(), {Facts::place(document.header.origin)}, {}, {}, {}};
  out.held_back.push_back(
      fmt::format("its nodes are {}, and this one is {}", names_text(document.nodes), facts.known.node));
  out.kernel.push_back(where_it_is(facts, document.address.value.address));
  all.push_back(std::move(out));
}

}  // namespace

void explain_routers(const Facts& facts, const ObjectName& name, std::vector<Explanation>& out) {
  for (const VirtualRouter& group : facts.known.manifest->virtual_routers) {
    if (group.header.name == name.text) explain_router(facts, group, out);
  }
}

void explain_addresses(const Facts& facts, const ObjectName& name, std::vector<Explanation>& out) {
  const Manifest& manifest = *facts.known.manifest;
  for (const AddressDocument& document : manifest.addresses) {
    if (document.header.name != name.text) continue;
    explain_document(facts, document, out);
    if (names(document.nodes, facts.known.node)) explain_wanted(facts, document.address.value.address, out);
  }
  if (!name.host || name.service || name.host->port) return;
  const IpAddress& address = name.host->address;
  bool known = explain_wanted(facts, address, out);
  for (const VirtualRouter& group : manifest.virtual_routers) {
    for (const VirtualAddress& vip : group.addresses) {
      if (vip.address.value.address != address) continue;
      known = true;
      explain_vip(facts, group, vip, out);
    }
  }
  for (const AddressDocument& document : manifest.addresses) {
    if (document.address.value.address != address) continue;
    known = true;
    explain_document(facts, document, out);
  }
  if (known) return;
  for (const AddressKey& key : facts.kernel_addresses(address)) {
    const bool foreign = facts.is_foreign("address " + key.text());
    Explanation other{"address " + key.text(), {"nobody: no manifest has it"}, {}, {where_it_is(facts, address)}, {}};
    other.held_back.emplace_back(foreign ? "foreign: somebody else made it, so it is left alone"
                                         : "it is not Ballast's business");
    out.push_back(std::move(other));
  }
}

}  // namespace ballast
