// One check of one target: attempts make rounds, rounds make it up or down.
// Pure: no sockets, no clock; when the next attempt is due is said as a delay.
//
// A round begins at a slot of the schedule. An attempt that fails is followed by another after retry_delay, `retries`
// times; then the round has failed. `fall` failed rounds in a row make it down, `rise` passed ones up. Before the first
// verdict one passed round is enough; a failed one still needs `fall`, because who depends on it may take it for up.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "model/checks.hpp"
#include "model/health.hpp"

namespace ballast::health {

/// Since any epoch, of a clock that never goes back.
using Time = std::chrono::nanoseconds;
using Duration = std::chrono::nanoseconds;

class Machine {
 public:
  struct Step {
    std::optional<Duration> retry_after;  ///< the round goes on; nullopt: it is over
    bool changed = false;                 ///< life() is another than before
  };

  /// An attempt has ended.
  Step step(const Check& check, bool passed);

  [[nodiscard]] Life life() const { return life_; }
  /// Failed attempts of the round that goes on.
  [[nodiscard]] int failed_attempts() const { return attempts_; }
  /// Failed rounds in a row.
  [[nodiscard]] int failed_rounds() const { return fails_; }

 private:
  Life life_ = Life::unknown;
  std::uint16_t attempts_ = 0;
  std::uint16_t passes_ = 0;  // rounds in a row, saturated
  std::uint16_t fails_ = 0;
};

}  // namespace ballast::health
