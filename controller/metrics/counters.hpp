// What the loop counts as it happens, for GET /metrics. Plain values, small whatever the node's size: copied for each
// scrape.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "controller/converge.hpp"
#include "controller/metrics/histogram.hpp"

namespace ballast::metrics {

using Instant = std::chrono::sys_time<std::chrono::milliseconds>;

inline constexpr std::size_t verbs = 3;  ///< Verb
using CountsByKind = std::array<std::uint64_t, kind_count>;
/// How many changes of each kind and verb a plan has.
using PlanSize = std::array<std::array<std::uint64_t, verbs>, kind_count>;
PlanSize size_of(const Plan& plan);

struct Looks {
  Histogram observing, applying, verifying;
  std::uint64_t failed = 0;   ///< could not see the kernel, or not make it what is wanted
  std::uint64_t writes = 0;   ///< commands sent to the kernel
  PlanSize last_plan{};       ///< of the last look at everything
  std::uint64_t foreign = 0;  ///< objects, at the last look at everything
  CountsByKind repaired{};    ///< what others had changed and was put back
  std::optional<Instant> last_end;

  /// `at`: when it was over. A look that changed nothing is not part of `applying` and `verifying`.
  void take(const Convergence& result, Instant at);
  void take_failure(Instant at);
};

struct CheckKey {
  std::string type;  ///< "tcp"
  bool passed = false;
  friend auto operator<=>(const CheckKey&, const CheckKey&) = default;
};

struct Counters {
  Looks looks;
  std::map<CheckKey, Histogram> checks;                ///< how long attempts took
  std::map<std::string, std::uint64_t> manifests;      ///< read, by what became of them
  std::map<std::string, std::uint64_t> source_errors;  ///< by source
};

}  // namespace ballast::metrics
