// Services: the node's part in them, and what the kernel has.
#include <algorithm>

#include <fmt/format.h>

#include "controller/report/explain_facts.hpp"
#include "controller/report/fields.hpp"

namespace ballast {
namespace {

const Pool* find_pool(const Manifest& manifest, const std::string& name) {
  const auto found = std::find_if(manifest.pools.begin(), manifest.pools.end(),
                                  [&](const Pool& pool) { return pool.header.name == name; });
  return found == manifest.pools.end() ? nullptr : &*found;
}

/// The VirtualRouter that owns the address; `node`: one of whose routers it is, empty for any.
const VirtualRouter* find_owner(const Manifest& manifest, const IpAddress& address, std::string_view node) {
  for (const VirtualRouter& each : manifest.virtual_routers) {
    if (!node.empty() && find_router(each, node) == nullptr) continue;
    for (const VirtualAddress& vip : each.addresses) {
      if (vip.address.value.address == address) return &each;
    }
  }
  return nullptr;
}

bool has_service(const Manifest* manifest, const std::string& name) {
  return manifest != nullptr && std::any_of(manifest->virtual_services.begin(), manifest->virtual_services.end(),
                                            [&](const VirtualService& service) { return service.header.name == name; });
}

std::string value_text(const Facts& facts, const ServiceKey& key, const Service& value) {
  std::vector<std::string> texts{value.scheduler};
  if (value.persistent()) texts.push_back(fmt::format("persistence {}s", value.persistence_seconds));
  for (std::string& word : flag_words(value)) texts.push_back(std::move(word));
  std::vector<std::string> destinations;
  for (const DestinationKey& each : facts.kernel_destinations(key)) {
    destinations.push_back(
        fmt::format("{} weight {}", endpoint_text(each.address, each.port), facts.kernel_destination(each)->weight));
  }
  return fmt::format("there: {}; destinations: {}", fmt::join(texts, ", "), list_text(destinations));
}

void say_kernel(const Facts& facts, const ServiceKey& key, Explanation& out) {
  const auto value = facts.kernel_service(key);
  out.kernel.push_back(facts.known.seen == nullptr ? "not looked at yet"
                       : value                     ? value_text(facts, key, *value)
                                                   : "not there");
}

/// What the packet filter does for it, or shall do.
void say_packet_rules(const Facts& facts, const ServiceKey& key, Explanation& out) {
  const auto wanted = facts.wanted.packet_rules.find(key);
  if (wanted == facts.wanted.packet_rules.end()) return;
  for (std::string& failure : facts.failures(Kind::packet_rules, key.text())) {
    out.held_back.push_back(std::move(failure));
  }
  if (facts.known.seen == nullptr) return;
  const auto have = facts.kernel.packet_rules.find(key);
  if (have == facts.kernel.packet_rules.end()) {
    out.kernel.emplace_back("packet rules: not there");
    return;
  }
  std::vector<std::string> texts;
  for (const auto& [name, text] : fields_of(key, have->second.value)) {
    if (text != "false" && text != "none" && text != "intact") texts.push_back(name + " " + text);
  }
  out.kernel.push_back(fmt::format("packet rules: {} (nft list table inet ballast)", fmt::join(texts, ", ")));
}

/// Why the node does not have the service at all.
std::string why_not_programmed(const Facts& facts, const VirtualService& service) {
  const Manifest& manifest = *facts.known.manifest;
  const std::string& node = facts.known.node;
  const auto possible = possible_services(manifest, node);
  const bool directed = std::any_of(possible.begin(), possible.end(),
                                    [&](const ProgrammedService& each) { return each.service == &service; });
  if (directed) {
    const VirtualRouter* owner = find_owner(manifest, service.address->value, node);
    return fmt::format(
        "this node is itself a member of pool {}: as a standby it would throw the MASTER's packets back; {}",
        service.pool.value, facts.why_not_master(owner == nullptr ? "" : owner->header.name));
  }
  if (!service.nodes.empty()) {
    return fmt::format("its nodes are {} ({}), and this one is {}", names_text(service.nodes),
                       service.nodes.front().origin.line_text(), node);
  }
  const VirtualRouter* owner = service.address ? find_owner(manifest, service.address->value, "") : nullptr;
  if (owner == nullptr) return fmt::format("no VirtualRouter or Address of this node ({}) holds its address", node);
  std::vector<std::string> nodes;
  for (const Router& router : owner->routers) nodes.push_back(router.node.value);
  return fmt::format("its address is held by VirtualRouter/{}, whose nodes are {}; this one is {}", owner->header.name,
                     list_text(nodes), node);
}

/// Members that serve, and what is wrong with the others.
void say_members(const Facts& facts, const VirtualService& service, const Pool& pool, Explanation& out) {
  const ServiceVerdict verdict = judge(service, pool, facts.known.conditions.health);
  std::size_t serving = 0;
  std::vector<std::string> others;
  for (std::size_t i = 0; i < verdict.members.size(); ++i) {
    if (verdict.members[i].weight.value_or(0) > 0) ++serving;
    if (verdict.members[i].standing == Standing::serving) continue;
    others.push_back(
        fmt::format("{} {}", endpoint_of(service, pool.members[i]).text(), text_of(verdict.members[i].standing)));
  }
  if (verdict.sorry) out.held_back.push_back("the sorry server serves instead of the members");
  if (!others.empty()) {
    out.held_back.push_back(fmt::format("{} of {} members serve: {}; `ballast explain MEMBER` says why", serving,
                                        pool.members.size(), list_text(others)));
  }
}

void explain_one(const Facts& facts, const VirtualService& service, std::vector<Explanation>& all) {
  const ServiceKey key = service_key_of(service);
  Explanation out{fmt::format("service {} ({})", key.text(), service.header.name), {}, {}, {}, {}};
  out.wanted_by.push_back(fmt::format("{}: {}, {}, pool {}", Facts::place(service.header.origin),
                                      service.scheduler.value, text_of(service.forwarding.value), service.pool.value));
  const Pool* pool = find_pool(*facts.known.manifest, service.pool.value);
  if (!facts.wanted.services.contains(key)) {
    out.held_back.push_back(why_not_programmed(facts, service));
  } else {
    out.held_back = facts.failures(Kind::service, key.text());
    if (pool != nullptr) say_members(facts, service, *pool, out);
    const VirtualRouter* owner =
        service.address ? find_owner(*facts.known.manifest, service.address->value, facts.known.node) : nullptr;
    const std::string standby = owner == nullptr ? "" : facts.why_not_master(owner->header.name);
    if (!standby.empty()) {
      out.notes.push_back("programmed for a takeover, but no traffic comes while its address is elsewhere: " + standby);
    }
  }
  say_kernel(facts, key, out);
  say_packet_rules(facts, key, out);
  facts.note_held(out, true, has_service(facts.known.held, service.header.name));
  all.push_back(std::move(out));
}

/// Services that the manifest in force does not have.
void explain_others(const Facts& facts, const ObjectName& name, std::vector<Explanation>& all) {
  std::vector<ServiceKey> keys;
  const auto consider = [&](const ServiceKey& key) {
    if (name.means("", key) && std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  };
  if (facts.known.seen != nullptr) {
    for (const auto& [key, entry] : facts.known.seen->before.state.services) consider(key);
  }
  const auto& services = facts.known.manifest->virtual_services;
  for (const ServiceKey& key : keys) {
    const bool known = std::any_of(services.begin(), services.end(),
                                   [&](const VirtualService& service) { return service_key_of(service) == key; });
    if (known || !facts.kernel_service(key)) continue;
    Explanation out{"service " + key.text(), {}, {}, {}, {}};
    const auto wanted = facts.wanted.services.find(key);
    if (wanted != facts.wanted.services.end()) {
      out.wanted_by.emplace_back("Ballast itself: checks with `via: vip` go through it");
    } else if (facts.is_foreign("service " + key.text())) {
      out.wanted_by.emplace_back("nobody: no manifest has it");
      out.held_back.emplace_back("foreign: somebody else made it, so it is left alone");
    } else {
      out.wanted_by.emplace_back("nobody: no manifest has it any more; Ballast made it and removes it");
      out.held_back = facts.failures(Kind::service, key.text());
    }
    say_kernel(facts, key, out);
    all.push_back(std::move(out));
  }
  if (facts.known.held == nullptr) return;
  for (const VirtualService& service : facts.known.held->virtual_services) {
    const ServiceKey key = service_key_of(service);
    if (!name.means(service.header.name, key) || has_service(facts.known.manifest, service.header.name)) continue;
    Explanation out{fmt::format("service {} ({})", key.text(), service.header.name), {}, {}, {}, {}};
    out.wanted_by.push_back(Facts::place(service.header.origin));
    out.held_back.emplace_back("its manifest is not in force");
    say_kernel(facts, key, out);
    facts.note_held(out, false, true);
    all.push_back(std::move(out));
  }
}

}  // namespace

void explain_services(const Facts& facts, const ObjectName& name, std::vector<Explanation>& out) {
  if (name.service && name.host) return;  // a member of that service is meant
  for (const VirtualService& service : facts.known.manifest->virtual_services) {
    const bool pool = service.pool.value == name.text;
    if (pool || name.means(service.header.name, service_key_of(service))) explain_one(facts, service, out);
  }
  explain_others(facts, name, out);
}

}  // namespace ballast
