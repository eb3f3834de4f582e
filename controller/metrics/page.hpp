// GET /metrics as text: from plain values to Prometheus's families, one after another, so that a table of thousands is
// never in memory as families all at once.
// Pure. Cardinality: nothing here grows but with what the manifest and the kernel's tables hold.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "controller/http/node_status.hpp"
#include "controller/metrics/counters.hpp"
#include "controller/source/snapshot.hpp"
#include "controller/vrrp/plane.hpp"
#include "drivers/ipvs_statistics.hpp"
#include "drivers/process_usage.hpp"
#include "model/health.hpp"

namespace prometheus {
struct MetricFamily;
}

namespace ballast::metrics {

/// What is known of the node at one moment.
struct Values {
  std::string node;
  std::string version;
  bool ready = false;
  bool eligible = false;
  bool maintenance = false;
  bool suspended = false;
  std::size_t problems = 0;
  std::vector<vrrp::RouterStatus> routers;
  http::ManifestStatus manifest;
  std::shared_ptr<const Snapshot> snapshot;  ///< in force
  Health health;
  std::size_t checks = 0;
  Counters counters;
  Result<IpvsStatistics> ipvs = IpvsStatistics{};
  ProcessUsage process;
  std::size_t most_destinations = 0;  ///< more than these have no series of their own: their services have
};

using FamilySink = std::function<void(prometheus::MetricFamily)>;

/// Every family of the page, in its order.
void make_families(const Values& values, const FamilySink& sink);

/// The page.
std::string text_of(const Values& values);

}  // namespace ballast::metrics
