// What the parts of a running node know together, and the questions of the API that are answered from it.
// Threads: the loop's only.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "controller/health/plane.hpp"
#include "controller/http/node_status.hpp"
#include "controller/metrics/page.hpp"
#include "controller/report/explain.hpp"
#include "controller/runtime/handover.hpp"
#include "controller/runtime/history.hpp"
#include "controller/runtime/looks.hpp"
#include "controller/runtime/manifests.hpp"
#include "controller/runtime/roles.hpp"
#include "controller/runtime/sources.hpp"

namespace ballast {

struct NodeView {
  const Manifests& manifests;
  const Sources& sources;
  const Looks& looks;
  Roles* roles;                 ///< null before the first manifest
  const health::Plane* health;  ///< likewise
  const History& history;
  Conditions conditions;
  bool maintenance = false;
  std::string why_not;                          ///< eligible; empty: it is
  const std::optional<Suspension>& suspension;  ///< nothing is applied
  const std::optional<http::RevisionStatus>& applied;
};

/// `service`: only that one; empty: all. Errors: ENOENT, there is none such; EBUSY, there is no manifest yet.
Result<http::NodeStatus> status_of(const NodeView& view, const std::string& service);
/// Errors: likewise.
Result<std::vector<Explanation>> explain(const NodeView& view, const std::string& object);
metrics::Values metric_values(const NodeView& view, std::size_t most_destinations);
/// What writes it as `ballast diff -o json` does, in whatever thread. Errors: EBUSY before the first look.
Result<std::function<std::string()>> plan_writer(const NodeView& view);

}  // namespace ballast
