// Keeps a kernel as it is wanted, look after look. What is remembered from one look to the next only saves work: a look
// may be narrowed to the services that are wanted otherwise than at the look before, found by comparing the two whole
// States, and to what was not settled then. Whatever others do to the rest is found by looking at everything, which the
// caller does from time to time, and when tripped() says so.
//
// One thread at a time. The caller holds the state directory's lock during a look.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "controller/converge.hpp"

namespace ballast {

/// How much of the node is looked at. Everything that is no service always is.
enum class Extent : std::uint8_t { changes, everything };

class Keeper {
 public:
  Keeper(Kernel kernel, const StateDir& directory, Backoff::Random random);

  /// What was wanted at the look before (null at the first), what is wanted now, and what came of it.
  using Witness = std::function<void(const State* before, const State& now, const Convergence& result)>;

  /// Makes the kernel what is wanted. Looks at everything where the last look failed, or where narrowing saves nothing.
  /// `witness` is called at the end of a look that changed something, or tried to.
  Result<Convergence> look(State wanted, const DrainRules& rules, Extent extent, const Witness& witness = {});

  /// Looks at everything and changes nothing: `plan` is what look() would do.
  Result<Convergence> only_look(State wanted, const DrainRules& rules);

  /// A few system calls: whether services are missing, or there are others, since the last look. What is known to be
  /// missing does not count.
  bool tripped();

  /// What is not as wanted although it was tried, or is put back again and again.
  [[nodiscard]] std::vector<Trouble> troubles() const;
  /// Of all times, by Kind: what somebody else had changed and was put back.
  [[nodiscard]] const std::array<std::uint64_t, kind_count>& repaired() const { return repaired_; }
  /// When a part of it is due again; a look at the changes is enough then.
  [[nodiscard]] std::optional<Backoff::Time> next_try() const;

 private:
  /// The services that a look at the changes has to show; absent: all.
  [[nodiscard]] std::optional<std::vector<ServiceKey>> services_to_see(const State& wanted,
                                                                       const DrainRules& rules) const;
  void count_repairs(const Convergence& result);
  [[nodiscard]] std::optional<std::size_t> count();
  bool misses_uncounted();

  Kernel kernel_;
  const StateDir& directory_;
  Backoff backoff_;
  bool settled_ = false;              // the last look succeeded
  std::optional<State> last_;         // wanted at the last look that succeeded
  DrainRules last_rules_;             // likewise
  std::vector<ServiceKey> loose_;     // services that were not done with then; sorted
  std::optional<std::size_t> count_;  // IPv4 services since then
  std::array<std::uint64_t, kind_count> repaired_{};
  ServiceKey asked_;  // of the uncounted ones, the last that was asked for
};

}  // namespace ballast
