// Connection synchronisation. The kernel runs one master and one backup beside each other (ip_vs_sync.c,
// start_sync_thread()), so that at a change of roles the wanted one is started before the other is stopped; what a
// daemon runs with cannot be changed, so that an update is a stop followed at once by a start.
#include <cerrno>

#include "reconcilers/diff.hpp"
#include "reconcilers/kinds.hpp"

namespace ballast {
namespace {

using DaemonChange = Change<DaemonRole, SyncDaemon>;

std::string explain(const DaemonChange& change, int errnum) {
  const std::string interface = change.after ? change.after->interface : change.before->interface;
  switch (errnum) {
    case ENODEV:
      return "there is no interface '" + interface + "' on this node (ENODEV)";
    case EEXIST:
      return "one runs already (EEXIST)";
    case ESRCH:
      return "none runs (ESRCH)";
    case EINVAL:
      return "the kernel refuses it: connections are not synchronised while a service has destinations of the other "
             "address family, or the group is not one that '" +
             interface + "' can send to (EINVAL)";
    case EADDRNOTAVAIL:
      return "interface '" + interface + "' has no address to send from (EADDRNOTAVAIL)";
    case EPERM:
      return "writing it needs CAP_NET_ADMIN (EPERM)";
    default:
      return errno_text(errnum);
  }
}

std::string summary(const SyncDaemon& daemon) {
  return "id " + std::to_string(daemon.sync_id) + " on " + daemon.interface;
}

}  // namespace

void observe_daemons(const IpvsTable& table, Observation& observed) {
  for (const ObservedDaemon& daemon : table.daemons) {
    observed.state.daemons.emplace(daemon.role, Entry<SyncDaemon>{daemon.value, {}});
  }
}

void plan_daemons(const State& wanted, const Observation& observed, const Ownership& owned, Plan& plan) {
  const auto is_ours = [&](DaemonRole role) { return owned.daemons.contains(role); };
  plan.daemons = diff(wanted.daemons, observed.state.daemons, is_ours);
  std::erase_if(plan.daemons, [](const DaemonChange& change) {
    return change.verb == Verb::update && satisfies(*change.before, *change.after);
  });
  // A length that the kernel shall choose is not known before it has.
  for (DaemonChange& change : plan.daemons) {
    if (change.verb == Verb::update && change.after->max_length == 0) change.before->max_length = 0;
  }
  for (const auto& [role, entry] : observed.state.daemons) {
    if (wanted.daemons.contains(role) || is_ours(role)) continue;
    plan.foreign.push_back({"daemon " + object_text(role), summary(entry.value)});
  }
}

void apply_daemons(const Changes<DaemonRole, SyncDaemon>& changes, Phase phase, Ipvs& ipvs, ApplyReport& report) {
  for (const DaemonChange& change : changes) {
    if (!belongs_to(change, phase)) continue;
    std::vector<IpvsWrite> writes;
    if (change.verb != Verb::add) writes.emplace_back(DaemonWrite{Verb::remove, change.key, nullptr});
    if (change.verb != Verb::remove) writes.emplace_back(DaemonWrite{Verb::add, change.key, &*change.after});
    const std::vector<int> errnums = ipvs.write(writes);
    count_writes(report, errnums, {ENOPROTOOPT});
    const std::string_view doing = change.verb == Verb::add      ? "start daemon"
                                   : change.verb == Verb::remove ? "stop daemon"
                                                                 : "restart daemon";
    record(report, Kind::daemon, change, doing, errnums.back(), explain(change, errnums.back()));
  }
}

}  // namespace ballast
