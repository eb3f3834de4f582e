// What others may know of the running node beside its status: /healthz, /readyz and /metrics, and what the service
// manager hears. It counts what it is told of, and asks the node for the rest.
// Threads: the loop's only.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/http/server.hpp"
#include "controller/metrics/scraper.hpp"
#include "controller/runtime/manifests.hpp"
#include "controller/runtime/supervision.hpp"
#include "controller/runtime/worker.hpp"
#include "controller/vrrp/events.hpp"

namespace ballast {

/// The roles of this node's routers, as they were told last.
using RolesByRouter = std::map<std::string, vrrp::Role, std::less<>>;

/// What a node is, for one line.
struct Summary {
  RolesByRouter roles;
  std::string revision;  ///< in force; empty: none
  bool suspended = false;
  std::vector<std::string> reasons;  ///< why it is not ready
  std::vector<std::string> problems;
};
/// "MASTER of web, mail; BACKUP of db; manifest 0123456789ab; 1 problem: ..."; short.
std::string summary_text(const Summary& summary);

/// What the node says of itself when it is asked.
struct TelemetrySources {
  std::function<metrics::Values()> values;  ///< but for counters, readiness, the kernel's counters and the process
  std::function<std::string()> obstacle;    ///< why the node cannot serve now; empty: it can
  std::function<Summary()> summary;         ///< but for reasons and problems
  std::function<std::chrono::nanoseconds()> look_every;  ///< between two looks, at most
  std::function<std::optional<Vitals::Time>()> worker_busy_since;
  std::function<void(std::function<void()>)> ask_vrrp;  ///< Plane::check_in
};

class Telemetry {
 public:
  Telemetry(boost::asio::io_context& loop, ServiceManager manager, TelemetrySources sources);

  /// GET of /healthz, /readyz and /metrics, for anyone. This outlives the server.
  void add_routes(http::Server& server);

  /// The node has begun to work.
  void start() { supervision_.start(); }
  void stop() { supervision_.stopping(); }

  /// The kernel is looked at from now on.
  void begin();
  /// What came of a look at the kernel.
  void take(const Look& look);
  /// The first look at everything is over; may be said again.
  void ready() { supervision_.ready(); }
  /// A check's attempt is over.
  void take_check(std::string_view type, bool passed, std::chrono::nanoseconds took);
  /// A manifest was read, and what became of it.
  void take(Outcome outcome);
  /// A manifest's source could not be read.
  void take_source_error(const std::string& source) { ++counters_.source_errors[source]; }

  void reloading() { supervision_.reloading(); }
  void reloaded() { supervision_.reloaded(); }

  /// The last revision that the kernel was made from completely, and since when.
  [[nodiscard]] const std::optional<http::RevisionStatus>& applied() const { return applied_; }
  /// Why the node is not ready; empty: it is. It is where a manifest was fully applied once, and the node can serve: on
  /// the last good manifest as well as on the newest.
  [[nodiscard]] std::vector<std::string> reasons() const;

 private:
  void take_applied(const Revision& revision);
  [[nodiscard]] SupervisionCallbacks supervision_callbacks();

  TelemetrySources sources_;
  metrics::Counters counters_;
  std::optional<http::RevisionStatus> applied_;
  Vitals::Time last_look_;         // the start, before the first
  std::vector<std::string> left_;  // what the last look could not bring about
  Supervision supervision_;
  metrics::Scraper scraper_;
};

}  // namespace ballast
