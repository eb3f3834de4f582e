#include "controller/runtime/causes.hpp"

#include <set>

#include "controller/report/plan_text.hpp"

namespace ballast {
namespace {

/// Of more failures the cause is not remembered: what becomes of them later counts as drift.
constexpr std::size_t most_failures = 10000;

template <class Key, class Value>
bool same_wanted(const Table<Key, Value>& before, const Table<Key, Value>& now, const Key& key) {
  const auto was = before.find(key);
  const auto is = now.find(key);
  if (was == before.end() || is == now.end()) return was == before.end() && is == now.end();
  return was->second.value == is->second.value;
}

/// Whether a member that leaves has now lost its last connection, or its time is over.
bool is_drained(const Change<DestinationKey, Destination>& change, const State& before, const Drains& drains,
                bool same_manifest) {
  if (change.verb != Verb::remove) return false;
  const auto was = before.destinations.find(change.key);
  // One that an operator drains is wanted at weight 0 for as long as it has connections.
  return drains.contains(change.key) ||
         (same_manifest && was != before.destinations.end() && was->second.value.weight == 0);
}
template <class Change>
bool is_drained(const Change&, const State&, const Drains&, bool) {
  return false;
}

/// Calls visit(kind, change, tables before, tables now) for each change, in the order of plan_items.
template <class Visit>
void for_each_change(const Plan& plan, const State& before, const State& now, Visit visit) {
  for_each_kind([&](Kind kind, auto changes, auto wanted) {
    for (const auto& change : plan.*changes) visit(kind, change, before.*wanted, now.*wanted);
  });
}

}  // namespace

std::string_view text_of(Cause cause) {
  switch (cause) {
    case Cause::start:
      return "start";
    case Cause::manifest:
      return "manifest";
    case Cause::role:
      return "role";
    case Cause::health:
      return "health";
    case Cause::request:
      return "operator";
    case Cause::network:
      return "network";
    case Cause::drain:
      return "drain";
    case Cause::drift:
      break;
  }
  return "drift";
}

Cause Causes::why_another_is_wanted(const std::shared_ptr<const Snapshot>& snapshot,
                                    const Conditions& conditions) const {
  if (before_->snapshot != snapshot) return Cause::manifest;
  const Conditions& before = before_->conditions;
  if (before.master_of != conditions.master_of) return Cause::role;
  if (before.health.states != conditions.health.states) return Cause::request;
  if (!(before.health == conditions.health)) return Cause::health;
  return Cause::network;
}

Happenings Causes::happened(const std::shared_ptr<const Snapshot>& snapshot, const Conditions& conditions,
                            const State* before, const State& now, const Convergence& result) {
  Happenings all;
  all.revision = snapshot->revision.id;
  const bool first = before == nullptr || !before_;
  const Cause another = first ? Cause::start : why_another_is_wanted(snapshot, conditions);
  const bool same_manifest = !first && before_->snapshot == snapshot;
  const State nothing;
  const Drains none;
  const State& then = first ? nothing : *before;
  const Drains& drains = first ? none : before_->drains;
  std::set<Object> failures;
  for (const Failure& failure : result.report.failures) failures.emplace(failure.kind, failure.object);
  const std::vector<PlanItem> items = plan_items(result.plan, most + failures.size());

  std::size_t index = 0;
  for_each_change(result.plan, then, now, [&](Kind kind, const auto& change, const auto& was, const auto& is) {
    const std::size_t i = index++;
    // Of very many changes no texts are made where nobody will read them.
    const bool any_failed = !failures.empty() || !failed_.empty();
    const bool is_listed = all.first.size() < most && i < items.size();
    const Object object{kind, any_failed || is_listed ? object_text(change.key) : std::string()};
    const auto earlier = any_failed ? failed_.find(object) : failed_.end();
    const Cause cause = earlier != failed_.end()                          ? earlier->second
                        : first                                           ? Cause::start
                        : is_drained(change, then, drains, same_manifest) ? Cause::drain
                        : same_wanted(was, is, change.key)                ? Cause::drift
                                                                          : another;
    if (failures.contains(object)) {
      if (earlier == failed_.end() && failed_.size() < most_failures) failed_.emplace(object, cause);
      return;
    }
    if (earlier != failed_.end()) failed_.erase(earlier);
    if (is_listed) {
      all.first.push_back({kind, change.verb, object.second, items[i].text,
                           change.origin.known() ? change.origin.line_text() : std::string(), cause});
    } else {
      ++all.more;
      if (cause == Cause::drift) ++all.more_repaired[kind];
    }
  });
  return all;
}

}  // namespace ballast
