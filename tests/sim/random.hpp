// Reproducible chance: the same seed gives the same run on every machine (no std:: distributions, whose results
// differ).
#pragma once

#include <cstdint>

#include "controller/vrrp/lease.hpp"

namespace ballast::sim {

using vrrp::Duration;
using vrrp::Time;

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {  // SplitMix64
    std::uint64_t value = state_ += 0x9e3779b97f4a7c15U;
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9U;
    value = (value ^ value >> 27) * 0x94d049bb133111ebU;
    return value ^ value >> 31;
  }
  /// `low` to `high`, both included.
  int between(int low, int high) { return low + static_cast<int>(next() % static_cast<std::uint64_t>(high - low + 1)); }
  Duration between(Duration low, Duration high) {
    return low + Duration(static_cast<std::int64_t>(next() % static_cast<std::uint64_t>((high - low).count() + 1)));
  }
  bool chance(int percent) { return between(0, 99) < percent; }

 private:
  std::uint64_t state_;
};

}  // namespace ballast::sim
