// The three functions of each kind of object: observe, plan, apply. One .cpp for each kind; reconciler.cpp strings them
// together. Internal to this folder.
#pragma once

#include <algorithm>
#include <cerrno>
#include <initializer_list>
#include <span>

#include "reconcilers/reconciler.hpp"

namespace ballast {

/// Which half of a plan is carried out: first what is wanted, then what is not.
enum class Phase : std::uint8_t { create, clean_up };

void observe_links(const std::vector<ObservedLink>& links, Observation& observed);
Changes<std::string, Link> plan_links(const State& wanted, const Observation& observed, const Ownership& owned);
void apply_links(const Changes<std::string, Link>& changes, Phase phase, Network& network, ApplyReport& report);

void observe_sysctls(Sysctls& sysctls, const State& wanted, const Ownership& owned, Observation& observed);
void plan_sysctls(const State& wanted, const Observation& observed, const Ownership& owned, Plan& plan);
void apply_sysctls(const Changes<SysctlKey, SysctlValue>& changes, Phase phase, Sysctls& sysctls, ApplyReport& report);

void observe_timeouts(const IpvsTable& table, Observation& observed);
Changes<Timer, std::uint32_t> plan_timeouts(const State& wanted, const Observation& observed, const Ownership& owned);
void apply_timeouts(const Changes<Timer, std::uint32_t>& changes, Phase phase, Ipvs& ipvs, ApplyReport& report);

void observe_daemons(const IpvsTable& table, Observation& observed);
void plan_daemons(const State& wanted, const Observation& observed, const Ownership& owned, Plan& plan);
void apply_daemons(const Changes<DaemonRole, SyncDaemon>& changes, Phase phase, Ipvs& ipvs, ApplyReport& report);

void observe_packet_rules(PacketFilter& filter, const State& wanted, const Ownership& owned, Observation& observed);
Changes<ServiceKey, PacketRules> plan_packet_rules(const State& wanted, const Observation& observed);
void apply_packet_rules(const Changes<ServiceKey, PacketRules>& changes, Phase phase, const Observation& observed,
                        PacketFilter& filter, ApplyReport& report);

void observe_services(IpvsTable&& table, Observation& observed);
void plan_services(const State& wanted, const Observation& observed, const Ownership& owned, Plan& plan);
/// Services, and the destinations that stand on them.
void apply_services(const Plan& plan, Phase phase, Ipvs& ipvs, ApplyReport& report);

void observe_addresses(std::vector<ObservedAddress>&& addresses, Observation& observed);
void plan_addresses(const State& wanted, const Observation& observed, const Ownership& owned, Plan& plan);
void apply_addresses(const Changes<AddressKey, Address>& changes, Phase phase, const Observation& observed,
                     Kernel& kernel, ApplyReport& report);

/// Whether the kernel makes no difference between the two values.
bool same_sysctl(const SysctlKey& key, const SysctlValue& a, const SysctlValue& b);

/// " (web.yaml:41)", or "" where no manifest is behind it.
std::string origin_suffix(const Origin& origin);

/// What opening a parameter fails with.
inline constexpr std::initializer_list<int> unsent_sysctl = {ENOENT, EROFS, EACCES};

/// Counts the commands that were sent, by their outcomes. What comes to nothing before, since an interface, a parameter
/// or IPVS is not there, has one of the errno values `unsent`.
inline void count_writes(ApplyReport& report, std::span<const int> errnums, std::initializer_list<int> unsent) {
  for (const int errnum : errnums) {
    if (std::find(unsent.begin(), unsent.end(), errnum) == unsent.end()) ++report.writes;
  }
}
inline void count_write(ApplyReport& report, int errnum, std::initializer_list<int> unsent) {
  count_writes(report, std::span(&errnum, 1), unsent);
}

template <class Key, class Value>
bool belongs_to(const Change<Key, Value>& change, Phase phase) {
  return change.wanted == (phase == Phase::create);
}

/// Counts the outcome of one change; a failure is reported as "<doing> <object>: <why> (<file:line>)".
template <class Key, class Value>
void record(ApplyReport& report, Kind kind, const Change<Key, Value>& change, std::string_view doing, int errnum,
            const std::string& why) {
  if (errnum == 0) {
    ++report.done;
    return;
  }
  const std::string object = object_text(change.key);
  report.failures.push_back(
      {kind, object, std::string(doing) + " " + object + ": " + why + origin_suffix(change.origin), errnum});
}

/// Reports a change that was not tried, because something that it stands on failed.
template <class Key, class Value>
void skip(ApplyReport& report, Kind kind, const Change<Key, Value>& change, std::string_view doing,
          const std::string& why) {
  const std::string object = object_text(change.key);
  report.failures.push_back(
      {kind, object, std::string(doing) + " " + object + ": not tried: " + why + origin_suffix(change.origin), 0});
}

}  // namespace ballast
