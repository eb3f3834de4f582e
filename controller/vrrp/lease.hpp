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

/// What the kernel takes to renew a VIP. With IPv6 it walks through all IPv6 addresses of the namespace each time
/// (net/ipv6/addrconf.c, addrconf_verify_rtnl()).
inline constexpr Duration renewal_cost_ipv4 = std::chrono::microseconds{10};
inline constexpr Duration renewal_cost_per_ipv6_address = std::chrono::nanoseconds{300};

/// Of the time between two renewals, the part that renewing may take.
inline constexpr int renewal_share = 10;

/// The lifetime to give the VIPs at a renewal, `since_advertisement` after the last one was sent: what is left of the
/// three intervals in which nobody takes over, in the whole seconds that the kernel knows, 1 at least; and longer where
/// renewing all of them costs so much time (`renewal_cost`) that it would keep a processor busy.
/// 1 s right after an advertisement: 2 s. Shorter than 417 ms: always 1 s. 500 VIPs of IPv6: 3 s at least.
constexpr std::chrono::seconds lease_for(Duration interval, Duration since_advertisement = Duration{0},
                                         Duration renewal_cost = Duration{0}) {
  const auto left = std::chrono::floor<std::chrono::seconds>(3 * interval - latest_expiry - since_advertisement);
  const auto affordable = std::chrono::ceil<std::chrono::seconds>(4 * renewal_share * renewal_cost);
  return std::max({left, affordable, std::chrono::seconds{1}});
}

/// How often a MASTER renews at least.
constexpr Duration renewal_period(Duration interval, Duration renewal_cost = Duration{0}) {
  return Duration{lease_for(interval, Duration{0}, renewal_cost)} / 4;
}

}  // namespace ballast::vrrp
