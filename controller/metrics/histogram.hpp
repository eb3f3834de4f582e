// How often something took how long, in fixed buckets, as Prometheus's histograms are made from.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

namespace ballast::metrics {

class Histogram {
 public:
  /// Upper bounds in seconds: from what a check on the local network takes to a large table being programmed.
  static constexpr std::array<double, 15> bounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                 0.25,   0.5,   1,      2.5,   5,    10,    30};

  void observe(std::chrono::duration<double> took) {
    const auto place = std::lower_bound(bounds.begin(), bounds.end(), took.count());
    ++counts_[static_cast<std::size_t>(place - bounds.begin())];
    ++count_;
    sum_ += took.count();
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] double sum() const { return sum_; }  ///< seconds
  /// Of the bucket `i` alone; the last has no bound.
  [[nodiscard]] std::uint64_t count_in(std::size_t i) const { return counts_.at(i); }

 private:
  std::array<std::uint64_t, bounds.size() + 1> counts_{};
  std::uint64_t count_ = 0;
  double sum_ = 0;
};

}  // namespace ballast::metrics
