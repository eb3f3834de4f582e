// Routers, looks at the kernel, checks.
#include <array>

#include <fmt/format.h>

#include "controller/metrics/families.hpp"
#include "controller/metrics/family.hpp"
#include "reconcilers/reconciler.hpp"

namespace ballast::metrics {
namespace {

constexpr std::array all_roles{vrrp::Role::init, vrrp::Role::backup, vrrp::Role::master, vrrp::Role::fault};
static_assert(all_roles.size() == vrrp::roles);

constexpr std::array<const char*, verbs> verb_words{"add", "update", "remove"};

}  // namespace

void make_router_families(const std::vector<vrrp::RouterStatus>& routers, const FamilySink& sink) {
  Family role = Family::gauge("ballast_router_role", "1 for the VRRP role that this node is in.");
  Family transitions = Family::counter("ballast_router_transitions_total", "How often each role was entered.");
  Family priority = Family::gauge("ballast_router_priority", "Priority, as tracking has made it.");
  Family base = Family::gauge("ballast_router_base_priority", "Priority in the manifest.");
  Family conflict = Family::gauge("ballast_router_conflict", "Whether somebody else uses the same VRID.");
  Family sent = Family::counter("ballast_router_advertisements_sent_total", "Advertisements sent.");
  Family received = Family::counter("ballast_router_advertisements_received_total", "Advertisements that were valid.");
  Family refused = Family::counter("ballast_router_advertisements_refused_total", "Advertisements refused, by reason.");
  Family pauses = Family::counter("ballast_router_pauses_total",
                                  "Times in which the machine stood still and the router looked anew.");
  for (const vrrp::RouterStatus& router : routers) {
    const vrrp::Status& status = router.status;
    for (const vrrp::Role each : all_roles) {
      role.add({{"router", router.name}, {"role", vrrp::text_of(each)}}, status.role == each);
      transitions.add({{"router", router.name}, {"role", vrrp::text_of(each)}},
                      status.entered.at(static_cast<std::size_t>(each)));
    }
    priority.add({{"router", router.name}}, std::uint64_t{status.priority});
    base.add({{"router", router.name}}, std::uint64_t{router.base_priority});
    conflict.add({{"router", router.name}}, !status.conflict.empty());
    sent.add({{"router", router.name}}, status.sent);
    received.add({{"router", router.name}}, status.received);
    for (std::size_t i = 0; i < vrrp::refusals; ++i) {
      refused.add({{"router", router.name}, {"reason", vrrp::text_of(static_cast<vrrp::Refusal>(i))}},
                  status.refused.at(i));
    }
    pauses.add({{"router", router.name}}, status.pauses);
  }
  for (Family* family : {&role, &transitions, &priority, &base, &conflict, &sent, &received, &refused, &pauses}) {
    sink(family->take());
  }
}

void make_look_families(const Looks& looks, const FamilySink& sink) {
  sink(
      Family::histogram("ballast_reconcile_duration_seconds",
                        "How long the phases of a look at the kernel took; apply and verify only where it was changed.")
          .add({{"phase", "observe"}}, looks.observing)
          .add({{"phase", "apply"}}, looks.applying)
          .add({{"phase", "verify"}}, looks.verifying)
          .take());
  sink(Family::counter("ballast_reconcile_failures_total",
                       "Looks that could not see the kernel, or not make it what is wanted.")
           .add({}, looks.failed)
           .take());
  if (looks.last_end) {
    const std::chrono::duration<double> at = looks.last_end->time_since_epoch();
    sink(Family::gauge("ballast_reconcile_last_timestamp_seconds", "When the last look at everything was over.")
             .add({}, at.count())
             .take());
  }
  sink(Family::counter("ballast_kernel_writes_total", "Commands sent to the kernel.").add({}, looks.writes).take());
  Family plan = Family::gauge("ballast_plan_changes", "Changes that the last look at everything found necessary.");
  Family drift =
      Family::counter("ballast_drift_repaired_total", "Objects that others had changed and that were put back.");
  for (std::size_t kind = 0; kind < kind_count; ++kind) {
    const std::string_view word = ballast::text_of(static_cast<Kind>(kind));
    for (std::size_t verb = 0; verb < verbs; ++verb) {
      plan.add({{"kind", word}, {"verb", verb_words.at(verb)}}, looks.last_plan.at(kind).at(verb));
    }
    drift.add({{"kind", word}}, looks.repaired.at(kind));
  }
  sink(plan.take());
  sink(drift.take());
  sink(Family::gauge("ballast_foreign_objects", "Services, addresses and devices that somebody else made.")
           .add({}, looks.foreign)
           .take());
}

void make_check_families(const Values& values, const FamilySink& sink) {
  sink(Family::gauge("ballast_checks", "Health checks that run.")
           .add({}, static_cast<std::uint64_t>(values.checks))
           .take());
  Family duration = Family::histogram("ballast_check_duration_seconds",
                                      "How long attempts of health checks took, by type and outcome.");
  for (const auto& [key, histogram] : values.counters.checks) {
    duration.add({{"type", key.type}, {"outcome", key.passed ? "passed" : "failed"}}, histogram);
  }
  sink(duration.take());
}

}  // namespace ballast::metrics
