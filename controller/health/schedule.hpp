// When probes are due: each check at its own phase of its interval, so that they are spread over it evenly, and for
// ever at the same phase, so that nothing drifts. O(log n) for everything.
//
// Slots are phase + k * interval since the epoch of the clock. A round that outlasts its interval skips slots. The
// phase follows from the check's number by the golden ratio: numbers given and taken away leave gaps that are even,
// too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "controller/health/machine.hpp"

namespace ballast::health {

using CheckId = std::uint32_t;

class Schedule {
 public:
  /// The first round is due at the next slot; with `warmup` within that time from now on, evenly. Ids are small
  /// numbers, which may be used again after remove().
  void add(CheckId id, Time now, Duration interval, std::optional<Duration> warmup);
  void remove(CheckId id);

  /// The round is over: due again at the next slot after `now`.
  void rest(CheckId id, Time now);
  /// Due out of turn.
  void wake(CheckId id, Time at);

  /// Rounds that begin in a second, on average.
  [[nodiscard]] double per_second() const { return per_second_; }
  /// When something is due; nullopt: never.
  [[nodiscard]] std::optional<Time> next() const;
  /// Takes one that is due by `now`: it is not due again before rest() or wake().
  std::optional<CheckId> take(Time now);

 private:
  struct Entry {
    Time due{};
    CheckId id = 0;
    friend bool operator<(const Entry& a, const Entry& b) { return a.due > b.due; }  // the earliest on top
  };
  struct Slot {
    Duration interval{};  // 0: not in use
    Time due = never;
  };
  static constexpr Time never = Time::max();

  [[nodiscard]] Time slot_after(CheckId id, Time time) const;
  void set(CheckId id, Time due);
  void tidy();

  std::vector<Slot> slots_;  // by id
  double per_second_ = 0;
  std::vector<Entry> queue_;  // heap; entries that differ from their slot are void
};

}  // namespace ballast::health
