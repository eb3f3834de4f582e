#include "controller/health/schedule.hpp"

#include <algorithm>
#include <cassert>

namespace ballast::health {

namespace {

/// A share of `whole` that is the id's own: the fraction of id * golden ratio, in 2^32ths.
Duration share(CheckId id, Duration whole) {
  constexpr std::uint32_t golden = 0x9e3779b9U;
  constexpr int bits = 32;
  const std::uint32_t fraction = id * golden;
  // In two halves, so that days in nanoseconds do not overflow.
  const auto count = static_cast<std::uint64_t>(whole.count());
  const std::uint64_t high = (count >> bits) * fraction;
  const std::uint64_t low = ((count & 0xffffffffU) * fraction) >> bits;
  return Duration(static_cast<std::int64_t>(high + low));
}

double rate(Duration interval) {
  return 1 / std::chrono::duration<double>(interval).count();
}

}  // namespace

Time Schedule::slot_after(CheckId id, Time time) const {
  const Duration interval = slots_[id].interval;
  const Duration phase = share(id, interval);
  const auto passed = (time - phase).count() / interval.count();
  Time slot = phase + passed * interval;
  while (slot <= time) slot += interval;
  return slot;
}

void Schedule::add(CheckId id, Time now, Duration interval, std::optional<Duration> warmup) {
  assert(interval > Duration{0});
  if (slots_.size() <= id) slots_.resize(id + 1);
  slots_[id] = {interval, never};
  per_second_ += rate(interval);
  if (!warmup) {
    set(id, slot_after(id, now));
    return;
  }
  set(id, now + share(id, *warmup));
}

void Schedule::remove(CheckId id) {
  per_second_ -= rate(slots_[id].interval);
  slots_[id] = {};
  tidy();
}

void Schedule::rest(CheckId id, Time now) {
  set(id, slot_after(id, now));
}

void Schedule::wake(CheckId id, Time at) {
  set(id, at);
}

void Schedule::set(CheckId id, Time due) {
  slots_[id].due = due;
  queue_.push_back({due, id});
  std::push_heap(queue_.begin(), queue_.end());
  tidy();
}

/// Void entries on top go: next() need not look further. The others go when they are the greater part.
void Schedule::tidy() {
  constexpr std::size_t few = 64;
  const auto is_void = [&](const Entry& entry) { return slots_[entry.id].due != entry.due; };
  if (queue_.size() > 2 * slots_.size() + few) {
    std::erase_if(queue_, is_void);
    std::make_heap(queue_.begin(), queue_.end());
  }
  while (!queue_.empty() && is_void(queue_.front())) {
    std::pop_heap(queue_.begin(), queue_.end());
    queue_.pop_back();
  }
}

std::optional<Time> Schedule::next() const {
  if (queue_.empty()) return std::nullopt;
  return queue_.front().due;
}

std::optional<CheckId> Schedule::take(Time now) {
  if (queue_.empty() || queue_.front().due > now) return std::nullopt;
  const CheckId id = queue_.front().id;
  slots_[id].due = never;
  tidy();
  return id;
}

}  // namespace ballast::health
