// IPVS connection timeouts, node-wide: set where wanted, given back as they were found.
#include "reconcilers/diff.hpp"
#include "reconcilers/kinds.hpp"

namespace ballast {

void observe_timeouts(const IpvsTable& table, Observation& observed) {
  observed.state.timeouts.emplace(Timer::tcp, Entry<std::uint32_t>{table.tcp_timeout_seconds, {}});
  observed.state.timeouts.emplace(Timer::tcp_fin, Entry<std::uint32_t>{table.tcp_fin_timeout_seconds, {}});
  observed.state.timeouts.emplace(Timer::udp, Entry<std::uint32_t>{table.udp_timeout_seconds, {}});
}

Changes<Timer, std::uint32_t> plan_timeouts(const State& wanted, const Observation& observed, const Ownership& owned) {
  auto changes = diff(wanted.timeouts, observed.state.timeouts, [](Timer) { return false; });
  for (const auto& [timer, former] : owned.former_timeouts) {
    const auto have = observed.state.timeouts.find(timer);
    if (wanted.timeouts.contains(timer) || have == observed.state.timeouts.end()) continue;
    if (have->second.value == former) continue;
    changes.push_back({Verb::update, timer, have->second.value, former, {}, false});
  }
  return changes;
}

void apply_timeouts(const Changes<Timer, std::uint32_t>& changes, Phase phase, Ipvs& ipvs, ApplyReport& report) {
  for (const auto& change : changes) {
    if (!belongs_to(change, phase)) continue;
    const IpvsWrite write = TimeoutWrite{change.key, *change.after};
    const int errnum = ipvs.write(std::span(&write, 1)).front();
    count_write(report, errnum, {ENOPROTOOPT});
    record(report, Kind::timeout, change, "set", errnum,
           errnum == EPERM ? "writing it needs CAP_NET_ADMIN (EPERM)" : errno_text(errnum));
  }
}

}  // namespace ballast
