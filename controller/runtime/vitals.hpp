// Whether the threads of `ballast run` make progress, as /healthz and the watchdog have it.
// Pure: what was seen of the threads, and the time, are passed in.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace ballast {

struct Vitals {
  using Time = std::chrono::steady_clock::time_point;  // while the machine sleeps nothing can go on
  Time last_look{};                         ///< when the last look at the kernel was over; the start, before the first
  std::chrono::nanoseconds look_every{};    ///< between two looks, at most
  std::optional<Time> worker_busy_since{};  ///< at one look, or at reading one manifest
  std::optional<Time> vrrp_asked_at{};      ///< a question that the VRRP thread has not answered
};

/// However large the tables: after this a look is taken to hang.
inline constexpr std::chrono::seconds longest_work{120};
/// The VRRP thread waits for nothing, and does nothing that takes long.
inline constexpr std::chrono::seconds longest_vrrp_silence{10};

/// What does not go on: "the VRRP thread has not answered for 12 s"; empty: all does. That the loop goes on is told by
/// who calls this.
std::string ailment(const Vitals& vitals, Vitals::Time now);

}  // namespace ballast
