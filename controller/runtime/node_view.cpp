#include "controller/runtime/node_view.hpp"

#include <cerrno>

#include <fmt/format.h>

#include "controller/report/apply_text.hpp"
#include "controller/report/plan_text.hpp"
#include "controller/runtime/shortcomings.hpp"
#include "controller/runtime/status.hpp"
#include "controller/version.hpp"
#include "drivers/boot_clock.hpp"

namespace ballast {
namespace {

constexpr std::size_t most_plan_lines = 20;  // of a suspended plan, in the status

std::optional<http::ImpededChecks> impeded_checks(const health::Plane& health) {
  const auto impediment = health.impediment();
  if (!impediment) return std::nullopt;
  const auto since = std::chrono::duration_cast<std::chrono::seconds>(boot_time() - impediment->since);
  return http::ImpededChecks{impediment->checks, impediment->why, since.count()};
}

http::SuspensionStatus suspension_status(const Suspension& suspension, const Plan* pending) {
  http::SuspensionStatus status{suspension.since, suspension.reason, 0, {}};
  if (pending == nullptr) return status;
  status.changes = pending->size();
  status.plan = plan_lines(*pending, most_plan_lines);
  return status;
}

/// What is wanted and was held back is part of the plan, too.
Plan with_held(Plan plan, const Plan& held) {
  for_each_kind([&](Kind, auto changes, auto) {
    auto& all = plan.*changes;
    all.insert(all.end(), (held.*changes).begin(), (held.*changes).end());
  });
  return plan;
}

std::vector<http::RouterStatus> router_statuses(Roles& roles) {
  std::vector<http::RouterStatus> routers;
  for (const vrrp::RouterStatus& router : roles.status()) routers.push_back(router_status(router));
  return routers;
}

Error no_manifest(const NodeView& view) {
  return {view.sources.why_none(), EBUSY};
}

http::ManifestStatus manifest_status(const NodeView& view) {
  http::ManifestStatus status = view.manifests.status();
  view.sources.complete(status);
  status.applied = view.applied;
  return status;
}

/// Once there is a manifest.
void add_kernel(const NodeView& view, http::NodeStatus& status) {
  status.routers = router_statuses(*view.roles);
  status.impeded_checks = impeded_checks(*view.health);
  const auto last = view.looks.last();
  if (last == nullptr) return;
  status.missing = missing_objects(view.looks.troubles(), *last);
  status.foreign = foreign_objects(*last);
}

}  // namespace

Result<http::NodeStatus> status_of(const NodeView& view, const std::string& service) {
  http::NodeStatus status;
  status.node = view.manifests.node();
  status.version = program_version;
  status.maintenance = view.maintenance;
  status.eligible = view.why_not.empty();
  status.reason = view.roles != nullptr ? view.why_not : view.sources.why_none();
  status.manifest = manifest_status(view);
  status.problems = view.looks.complaints();
  if (status.problems.size() > most_listed) status.problems.resize(most_listed);
  if (view.suspension) status.suspended = suspension_status(*view.suspension, view.looks.pending());
  status.drift = view.history.drift().status();
  if (view.roles == nullptr) {
    if (service.empty()) return Result<http::NodeStatus>(std::move(status));
    return no_manifest(view);
  }
  const auto last = view.looks.last();
  const Manifest& manifest = view.manifests.in_force()->manifest;
  const ObjectName name = parse_object_name(service);
  status.services = service_statuses(manifest, view.conditions, status.node, *view.health,
                                     last != nullptr ? &last->before : nullptr, service.empty() ? nullptr : &name);
  if (!service.empty() && status.services.empty()) return no_such_service(manifest, view.conditions, status.node, name);
  add_kernel(view, status);
  return Result<http::NodeStatus>(std::move(status));
}

Result<std::vector<Explanation>> explain(const NodeView& view, const std::string& object) {
  if (view.roles == nullptr) return no_manifest(view);
  const http::ManifestStatus manifest = view.manifests.status();
  Knowledge known;
  known.node = view.manifests.node();
  known.manifest = &view.manifests.in_force()->manifest;
  known.revision = manifest.revision;
  if (view.manifests.held()) known.held = &view.manifests.held()->manifest;
  known.held_revision = manifest.held;
  known.held_why = manifest.reason;
  known.conditions = view.conditions;
  known.routers = router_statuses(*view.roles);
  known.members_of = [&view](std::string_view service) { return view.health->members_of(service); };
  if (const auto impediment = view.health->impediment()) known.impediment = impediment->why;
  const auto last = view.looks.last();
  known.seen = last.get();
  known.troubles = view.looks.troubles();
  known.now = std::chrono::system_clock::now();
  known.boot_now = boot_time();
  return explain(known, object);
}

Result<std::function<std::string()>> plan_writer(const NodeView& view) {
  if (view.roles == nullptr) return no_manifest(view);
  const auto last = view.looks.last();
  if (!last) return Error{"the kernel has not been looked at yet", EBUSY};
  // The plan stays as it is. What was seen goes on changing: the text has the connections of destinations that change.
  Observation seen;
  const auto& connections = last->before.connections;
  for (const Plan* plan : {&last->plan, &last->held}) {
    for (const auto& change : plan->destinations) {
      if (const auto some = connections.find(change.key); some != connections.end()) seen.connections.insert(*some);
    }
  }
  return std::function<std::string()>([node = view.manifests.node(), last, seen = std::move(seen)] {
    const Plan plan = with_held(last->plan, last->held);
    return fmt::format("{{\n  \"node\": {},\n{}\n}}\n", json_string(node), plan_json(plan, seen));
  });
}

metrics::Values metric_values(const NodeView& view, std::size_t most_destinations) {
  metrics::Values values;
  values.node = view.manifests.node();
  values.version = program_version;
  values.eligible = view.why_not.empty();
  values.maintenance = view.maintenance;
  values.suspended = view.suspension.has_value();
  values.problems = view.looks.complaints().size();
  values.manifest = manifest_status(view);
  values.most_destinations = most_destinations;
  if (view.roles == nullptr) return values;
  values.routers = view.roles->status();
  values.snapshot = view.manifests.in_force();
  values.health = view.conditions.health;
  values.checks = view.health->size();
  return values;
}

}  // namespace ballast
