// How long a VIP outlives its last renewal: it must be gone from a dead or hanging node about when the standby, which
// heard the same last advertisement, takes over.
#pragma once

#include <algorithm>
#include <chrono>

namespace ballast::vrrp {

/// Since any epoch, of a clock that never goes back.
using Time = std::chrono::nanoseconds;
using Duration = std::chrono::nanoseconds;

/// The kernel removes an address up to this much after its lifetime (measured: 0.04 to 0.25 s).
inline constexpr Duration latest_expiry = std::chrono::milliseconds{250};

/// The lifetime to give the VIPs at a renewal, `since_advertisement` after the last one was sent: what is left of the
/// three intervals in which nobody takes over, in the whole seconds that the kernel knows, 1 at least.
/// 1 s right after an advertisement: 2 s. Shorter than 417 ms: always 1 s.
constexpr std::chrono::seconds lease_for(Duration interval, Duration since_advertisement = Duration{0}) {
  const auto left = std::chrono::floor<std::chrono::seconds>(3 * interval - latest_expiry - since_advertisement);
  return std::max(left, std::chrono::seconds{1});
}

/// How often a MASTER renews at least.
constexpr Duration renewal_period(Duration interval) {
  return Duration{lease_for(interval)} / 4;
}

}  // namespace ballast::vrrp
