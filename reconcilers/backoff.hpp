// Objects that are left alone for a while: one that fails, or that something else changes back again and again, is
// tried less and less often, while all others are repaired at once. Pure: the time and the source of randomness are
// passed in.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "reconcilers/reconciler.hpp"

namespace ballast {

/// An object that is not as wanted.
struct Trouble {
  Kind kind;
  std::string object;
  std::string text;                               ///< why, for people; the same at each try
  bool failed = false;                            ///< it could not be made so; false: something else keeps changing it
  std::optional<std::chrono::nanoseconds> until;  ///< when it is tried again; absent: at the next look
};

class Backoff {
 public:
  /// Of the boot clock.
  using Time = std::chrono::nanoseconds;
  /// From 0 up to, but not including, 1.
  using Random = std::function<double()>;

  static constexpr std::chrono::milliseconds first_delay{100};
  static constexpr std::chrono::milliseconds longest_delay{60'000};
  /// So many repairs of one object in a row are no accident: somebody else wants it otherwise.
  static constexpr unsigned fight = 6;
  /// Repairs further apart than this are not in a row.
  static constexpr std::chrono::milliseconds calm{15'000};

  explicit Backoff(Random random) : random_(std::move(random)) {}

  /// Moves out of `plan` what is held back at `now`, and what stands on it; returns that. What is wanted differently
  /// than when it was tried last is not held back.
  Plan hold_back(Plan& plan, Time now) const;

  /// After `tried` was carried out and `held` was not. `last` is what was wanted at the look before: what differs from
  /// it was asked for, the rest is repair; null at the first look. The look must have shown unsettled_services().
  void learn(const Plan& tried, const Plan& held, const ApplyReport& report, const State* last, Time now);

  /// All that failed or is fought over.
  [[nodiscard]] std::vector<Trouble> troubles(Time now) const;
  /// The services that have troubles, or whose destinations have: to be looked at again whatever else is. Sorted.
  [[nodiscard]] std::vector<ServiceKey> unsettled_services() const;
  /// When the first of what is held back is due.
  [[nodiscard]] std::optional<Time> next_try(Time now) const;

 private:
  template <class Value>
  struct Record {
    std::optional<Value> asked;
    std::string why;        ///< of the last failure
    unsigned failures = 0;  ///< in a row
    unsigned repairs = 0;   ///< in a row
    Time last{};            ///< failure or repair
    Time until{};           ///< it is held back
  };
  template <class Key, class Value>
  using Records = std::map<Key, Record<Value>>;

  template <class Key, class Value>
  void learn_kind(Kind kind, const Changes<Key, Value>& tried, const Changes<Key, Value>& held,
                  const ApplyReport& report, const Table<Key, Value>* last, Records<Key, Value>& records, Time now);
  template <class Visit>
  void each_record(Visit visit) const;
  [[nodiscard]] Time delay(unsigned times) const;

  Random random_;
  Records<std::string, Link> links_;
  Records<SysctlKey, SysctlValue> sysctls_;
  Records<Timer, std::uint32_t> timeouts_;
  Records<DaemonRole, SyncDaemon> daemons_;
  Records<ServiceKey, PacketRules> packet_rules_;
  Records<ServiceKey, Service> services_;
  Records<DestinationKey, Destination> destinations_;
  Records<AddressKey, Address> addresses_;
};

/// Whether `change` puts back what somebody else has changed: it was wanted so at the look before, too.
template <class Key, class Value>
bool is_repair(const Change<Key, Value>& change, const Table<Key, Value>& last) {
  const auto then = last.find(change.key);
  if (!change.wanted) return then == last.end();
  return then != last.end() && change.after && then->second.value == *change.after;
}

}  // namespace ballast
