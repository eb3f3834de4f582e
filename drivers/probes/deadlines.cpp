#include "drivers/probes/deadlines.hpp"

#include <algorithm>

namespace ballast::probes {

void Deadlines::add(std::uint32_t item, Time now, std::chrono::milliseconds timeout) {
  if (places_.size() <= item) places_.resize(item + std::size_t{1});
  List& list = lists_[timeout];
  if (spare_.empty()) spare_.emplace_back();
  spare_.front() = {now + timeout, item};
  list.splice(list.end(), spare_, spare_.begin());
  places_[item] = {&list, std::prev(list.end())};
}

void Deadlines::remove(std::uint32_t item) {
  if (item >= places_.size() || places_[item].list == nullptr) return;
  Place& place = places_[item];
  spare_.splice(spare_.begin(), *place.list, place.entry);
  place.list = nullptr;
}

std::optional<Deadlines::Time> Deadlines::next() const {
  std::optional<Time> earliest;
  for (const auto& [timeout, list] : lists_) {
    if (!list.empty() && (!earliest || list.front().due < *earliest)) earliest = list.front().due;
  }
  return earliest;
}

std::optional<std::uint32_t> Deadlines::take_due(Time now) {
  for (auto& [timeout, list] : lists_) {
    if (list.empty() || list.front().due > now) continue;
    const std::uint32_t item = list.front().item;
    remove(item);
    return item;
  }
  return std::nullopt;
}

}  // namespace ballast::probes
