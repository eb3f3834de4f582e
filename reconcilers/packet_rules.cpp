// What the packet filter does around services. The table is one for all of them and replaced as a whole, so that each
// phase of a plan is one write; what it holds back stays as it is. The table is Ballast's alone: nothing in it is
// foreign.
#include "reconcilers/diff.hpp"
#include "reconcilers/kinds.hpp"

namespace ballast {
namespace {

std::string_view doing(Verb verb) {
  switch (verb) {
    case Verb::add:
      return "add packet rules";
    case Verb::update:
      return "update packet rules";
    case Verb::remove:
      break;
  }
  return "remove packet rules";
}

/// Makes something of ours that is not wanted show, though it cannot be read, so that it is removed and kept in mind.
void show_leftovers(const State& wanted, const Ownership& owned, Observation& observed) {
  for (const ServiceKey& key : owned.packet_rules) {
    if (wanted.packet_rules.contains(key)) continue;
    PacketRules unknown;
    unknown.damaged = true;
    observed.state.packet_rules.try_emplace(key, Entry<PacketRules>{unknown, {}});
  }
}

}  // namespace

void observe_packet_rules(PacketFilter& filter, const State& wanted, const Ownership& owned, Observation& observed) {
  if (wanted.packet_rules.empty() && owned.packet_rules.empty()) return;
  auto table = filter.read();
  if (!table) {
    observed.unreadable_packet_rules = table.error();
    show_leftovers(wanted, owned, observed);
    return;
  }
  for (const auto& [key, rules] : table->rules) observed.state.packet_rules.emplace(key, Entry<PacketRules>{rules, {}});
  // An empty table that nobody wants goes, too; where one is wanted, it is replaced.
  if (table->present && table->rules.empty() && wanted.packet_rules.empty()) show_leftovers(wanted, owned, observed);
}

Changes<ServiceKey, PacketRules> plan_packet_rules(const State& wanted, const Observation& observed) {
  return diff(wanted.packet_rules, observed.state.packet_rules, [](const ServiceKey&) { return true; });
}

void apply_packet_rules(const Changes<ServiceKey, PacketRules>& changes, Phase phase, const Observation& observed,
                        PacketFilter& filter, ApplyReport& report) {
  PacketRulesMap table;
  for (const auto& [key, entry] : observed.state.packet_rules) table.emplace(key, entry.value);
  bool any = false;
  for (const auto& change : changes) {
    any = any || belongs_to(change, phase);
    if (change.after) {
      table.insert_or_assign(change.key, *change.after);
    } else if (belongs_to(change, phase)) {
      table.erase(change.key);
    }
  }
  if (!any) return;
  std::optional<Error> error = observed.unreadable_packet_rules;  // what cannot be read is not written over
  if (!error) {
    const auto written = filter.write(table);
    ++report.writes;
    if (!written) error = written.error();
  }
  for (const auto& change : changes) {
    if (!belongs_to(change, phase)) continue;
    // record() takes 0 for success.
    const int errnum = !error ? 0 : error->errnum != 0 ? error->errnum : EIO;
    record(report, Kind::packet_rules, change, doing(change.verb), errnum, error ? error->text : "");
  }
}

}  // namespace ballast
