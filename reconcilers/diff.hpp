// The one diff for all kinds: a merge of two sorted tables.
#pragma once

#include "reconcilers/plan.hpp"

namespace ballast {

/// Additions and updates for what is wanted, removals for what is observed, not wanted, and `may_remove(key)`.
template <class Key, class Value, class MayRemove>
Changes<Key, Value> diff(const Table<Key, Value>& wanted, const Table<Key, Value>& observed, MayRemove may_remove) {
  Changes<Key, Value> changes;
  auto want = wanted.begin();
  auto have = observed.begin();
  while (want != wanted.end() || have != observed.end()) {
    if (have == observed.end() || (want != wanted.end() && want->first < have->first)) {
      changes.push_back({Verb::add, want->first, std::nullopt, want->second.value, want->second.origin});
      ++want;
    } else if (want == wanted.end() || have->first < want->first) {
      if (may_remove(have->first))
        changes.push_back({Verb::remove, have->first, have->second.value, std::nullopt, {}, false});
      ++have;
    } else {
      if (!(want->second.value == have->second.value)) {
        changes.push_back({Verb::update, want->first, have->second.value, want->second.value, want->second.origin});
      }
      ++want;
      ++have;
    }
  }
  return changes;
}

}  // namespace ballast
