#include "controller/report/explain_facts.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "controller/report/status_text.hpp"

namespace ballast {
namespace {

template <class Key, class Value>
std::optional<Value> find(const Table<Key, Value>& table, const Key& key) {
  const auto found = table.find(key);
  if (found == table.end()) return std::nullopt;
  return found->second.value;
}

const State nothing;

}  // namespace

Facts::Facts(const Knowledge& knowledge)
    : known(knowledge),
      wanted(render(*knowledge.manifest, knowledge.conditions, knowledge.node)),
      kernel(knowledge.seen == nullptr ? nothing : knowledge.seen->before.state) {}

std::optional<Service> Facts::kernel_service(const ServiceKey& key) const {
  return find(kernel.services, key);
}

std::optional<Destination> Facts::kernel_destination(const DestinationKey& key) const {
  return find(kernel.destinations, key);
}

std::optional<SysctlValue> Facts::kernel_sysctl(const SysctlKey& key) const {
  return find(kernel.sysctls, key);
}

std::optional<Link> Facts::kernel_link(const std::string& name) const {
  return find(kernel.links, name);
}

std::optional<std::uint32_t> Facts::kernel_timeout(Timer timer) const {
  return find(kernel.timeouts, timer);
}

std::vector<AddressKey> Facts::kernel_addresses(const IpAddress& address) const {
  std::vector<AddressKey> keys;
  for (const auto& [key, entry] : kernel.addresses) {
    if (key.prefix.address == address) keys.push_back(key);
  }
  return keys;
}

std::vector<DestinationKey> Facts::kernel_destinations(const ServiceKey& service) const {
  std::vector<DestinationKey> keys;
  const auto& all = kernel.destinations;
  for (auto i = all.lower_bound({service, {}, 0}); i != all.end() && i->first.service == service; ++i) {
    keys.push_back(i->first);
  }
  return keys;
}

bool Facts::is_foreign(const std::string& object) const {
  if (known.seen == nullptr) return false;
  const auto& foreign = known.seen->plan.foreign;
  return std::any_of(foreign.begin(), foreign.end(), [&](const Foreign& each) { return each.object == object; });
}

std::vector<std::string> Facts::failures(Kind kind, const std::string& object) const {
  std::vector<std::string> texts;
  for (const Trouble& trouble : known.troubles) {
    if (trouble.kind != kind || trouble.object != object) continue;
    const auto left = trouble.until.value_or(known.boot_now) - known.boot_now;
    texts.push_back(left <= std::chrono::nanoseconds{0}
                        ? trouble.text + "; it is tried again now"
                        : fmt::format("{}; it is left alone for {:.1f} s more", trouble.text,
                                      std::chrono::duration<double>(left).count()));
  }
  return texts;
}

std::string Facts::place(const Origin& origin) {
  if (!origin.known()) return "Ballast itself";
  return origin.object() == nullptr ? origin.line_text()
                                    : fmt::format("{} at {}", *origin.object(), origin.line_text());
}

void Facts::note_held(Explanation& out, bool in_force, bool in_held) const {
  if (known.held == nullptr || in_force == in_held) return;
  out.notes.push_back(fmt::format("manifest {}, which {}, is held: {}; `ballast approve {}` puts it in force",
                                  known.held_revision, in_held ? "has it" : "no longer has it", known.held_why,
                                  known.held_revision));
}

const http::RouterStatus* Facts::router(std::string_view name) const {
  const auto found = std::find_if(known.routers.begin(), known.routers.end(),
                                  [&](const http::RouterStatus& router) { return router.name == name; });
  return found == known.routers.end() ? nullptr : &*found;
}

std::string Facts::why_not_master(std::string_view name) const {
  const http::RouterStatus* status = router(name);
  if (status == nullptr) return fmt::format("this node ({}) is none of the routers of {}", known.node, name);
  if (status->role == "MASTER") return {};
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(known.now - status->since);
  std::string text = fmt::format("not MASTER of {}: {} for {}", name, status->role, age_text(age));
  if (status->role == "BACKUP" && status->master) {
    return text + fmt::format("; {} is MASTER (priority {}, this node {})", status->master->address,
                              status->master->priority, status->priority);
  }
  return status->reason.empty() ? text : text + ": " + status->reason;
}

std::string list_text(const std::vector<std::string>& items, std::size_t most) {
  if (items.empty()) return "none";
  const std::size_t shown = std::min(items.size(), most);
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) {
    const bool last = i + 1 == items.size();
    text += i == 0 ? "" : last ? " and " : ", ";
    text += items[i];
  }
  return shown < items.size() ? fmt::format("{} and {} more", text, items.size() - shown) : text;
}

std::string names_text(const NodeList& nodes) {
  std::vector<std::string> names;
  for (const auto& node : nodes) names.push_back(node.value);
  return list_text(names);
}

}  // namespace ballast
