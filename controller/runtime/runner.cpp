#include "controller/runtime/runner.hpp"

#include <csignal>
#include <optional>
#include <set>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include "controller/commands/common.hpp"
#include "controller/converge.hpp"
#include "controller/http/server.hpp"
#include "controller/report/log.hpp"
#include "controller/runtime/handover.hpp"
#include "controller/runtime/notifier.hpp"
#include "controller/runtime/status.hpp"
#include "controller/runtime/tracking.hpp"
#include "model/render.hpp"

namespace ballast {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds first_retry{1};
constexpr std::chrono::seconds longest_retry{30};
constexpr std::chrono::seconds lock_wait{5};

LogLevel level_of(vrrp::Level level) {
  switch (level) {
    case vrrp::Level::error:
      return LogLevel::error;
    case vrrp::Level::warning:
      return LogLevel::warning;
    case vrrp::Level::info:
      break;
  }
  return LogLevel::info;
}

/// What keeps a node from serving: IPVS that cannot be programmed. A sysctl that cannot be set does not.
std::string unfit(const Convergence& result) {
  for (const Failure& failure : result.report.failures) {
    const bool ipvs = failure.kind == Kind::service || failure.kind == Kind::destination;
    if (ipvs) return failure.text;
  }
  return {};
}

}  // namespace

class Runner::Node {
 public:
  Node(RunOptions options, Manifest manifest, std::string node)
      : options_(std::move(options)),
        manifest_(std::move(manifest)),
        node_(std::move(node)),
        directory_(options_.node.state_dir),
        signals_(loop_, SIGTERM, SIGINT),
        retry_(loop_),
        server_(loop_, [](const std::string& text) { log_line(LogLevel::warning, text); }) {}

  Result<void> run() {
    auto instances = make_instances();
    if (!instances) return instances.error();
    maintenance_ = Handover(directory_).in_maintenance();
    add_routes();
    if (auto made = make_directory(); !made) return made.error();
    if (auto listening = server_.listen(directory_.path_of("ballast.sock")); !listening) return listening.error();

    notifier_.emplace(loop_, *instances, [](const std::string& router, const std::string& text) {
      log_line(LogLevel::warning, fmt::format("vrrp {}: {}", router, text));
    });
    make_plane(*instances);
    if (auto started = plane_->start(); !started) return started.error();
    start_tracking(*instances);
    log_line(LogLevel::notice, fmt::format("node {}: {} virtual routers{}", node_, instances->size(),
                                           maintenance_ ? ", in maintenance" : ""));
    signals_.async_wait([this](const auto& error, int) {
      if (!error) stop();
    });
    reconcile();
    loop_.run();
    return {};
  }

 private:
  Result<std::vector<vrrp::Instance>> make_instances() {
    auto made = vrrp::make_instances(manifest_, node_,
                                     [](const std::string& path) { return read_file(path, std::size_t{64} << 10); });
    if (made.problems.empty()) return std::move(made.instances);
    return Error{made.problems.front().text(), 0};
  }

  /// The socket lives in the state directory, which the lock makes.
  Result<void> make_directory() {
    auto lock = directory_.lock(lock_wait, [](long) {});
    if (!lock) return lock.error();
    return {};
  }

  void make_plane(const std::vector<vrrp::Instance>& instances) {
    vrrp::PlaneOptions options;
    options.realtime_priority = options_.realtime_priority;
    options.lock_memory = options_.lock_memory;
    options.maintenance = maintenance_;
    options.keep = options_.keep;
    options.kept_at = Handover(directory_).take();
    vrrp::PlaneCallbacks callbacks;
    callbacks.role_changed = [this](vrrp::RoleChange change) {
      asio::post(loop_, [this, change = std::move(change)] { take(change); });
    };
    callbacks.log = [this](std::string router, vrrp::Log log) {
      asio::post(loop_, [router = std::move(router), log = std::move(log)] {
        log_line(level_of(log.level), fmt::format("vrrp {}: {}", router, log.text));
      });
    };
    plane_.emplace(instances, options, std::move(callbacks));
  }

  void start_tracking(const std::vector<vrrp::Instance>& instances) {
    TrackingCallbacks callbacks;
    callbacks.priority = [this](const std::string& router, const vrrp::PriorityChanged& change) {
      plane_->set_priority(router, change);
    };
    callbacks.log = [](const std::string& router, const std::string& text) {
      log_line(LogLevel::notice, fmt::format("vrrp {}: {}", router, text));
    };
    tracking_.emplace(loop_, instances, std::move(callbacks));
    if (auto started = tracking_->start(); !started) log_line(LogLevel::error, started.error().text);
  }

  void take(const vrrp::RoleChange& change) {
    const vrrp::Notify& notify = change.notify;
    log_line(notify.to == vrrp::Role::fault ? LogLevel::warning : LogLevel::notice,
             fmt::format("vrrp {}: {} -> {} (priority {}): {}", change.router, text_of(notify.from), text_of(notify.to),
                         notify.priority, notify.reason));
    if (notify.to == vrrp::Role::master) {
      masters_.insert(change.router);
    } else {
      masters_.erase(change.router);
    }
    notifier_->notify(change);
    if (!stopping_) reconcile();
  }

  /// Makes the kernel what the manifest wants, but for the VIPs, and tells the plane whether this node can serve.
  void reconcile() {
    std::string trouble = reconcile_once();
    if (!told_ || trouble != trouble_) {
      if (!trouble.empty()) log_line(LogLevel::error, trouble);
      plane_->set_eligibility(trouble.empty(), trouble);
      told_ = true;
    }
    trouble_ = std::move(trouble);
    if (trouble_.empty()) {
      retry_after_ = first_retry;
      return;
    }
    retry_.expires_after(retry_after_);
    retry_after_ = std::min(retry_after_ * 2, longest_retry);
    retry_.async_wait([this](const auto& error) {
      if (!error && !stopping_) reconcile();
    });
  }

  std::string reconcile_once() {
    Kernel kernel = real_.kernel();
    Conditions conditions;
    conditions.master_of = masters_;
    conditions.vips_by_vrrp = true;
    const auto addresses = kernel.network.dump_addresses();
    if (!addresses) return addresses.error().text;
    for (const ObservedAddress& address : *addresses) {
      if (address.protocol != address_protocol) conditions.local_addresses.insert(address.key.prefix.address);
    }
    auto lock = directory_.lock(lock_wait, [](long) {});
    if (!lock) return lock.error().text;
    const auto result = converge(render(manifest_, conditions, node_), kernel, directory_);
    if (!result) return result.error().text;
    for (const Failure& failure : result->report.failures) log_line(LogLevel::error, failure.text);
    if (result->report.writes > 0) {
      log_line(LogLevel::info, fmt::format("applied {} changes in {} kernel writes, {:.1f} ms", result->report.done,
                                           result->report.writes, result->applied.count()));
    }
    return unfit(*result);
  }

  void add_routes() {
    server_.add("GET", "/v1/status", [this](const http::Request&) {
      return http::Response{200, "application/json", http::status_json(status()), {}};
    });
    server_.add("POST", "/v1/maintenance", [this](const http::Request& request) { return set_maintenance(request); });
    server_.add("POST", "/v1/failover", [this](const http::Request& request) { return fail_over(request); });
  }

  [[nodiscard]] http::NodeStatus status() {
    http::NodeStatus status{node_, BALLAST_VERSION, maintenance_, told_ && trouble_.empty(), trouble_, {}};
    for (const vrrp::RouterStatus& router : plane_->status()) status.routers.push_back(router_status(router));
    return status;
  }

  http::Response set_maintenance(const http::Request& request) {
    const auto on = parse_maintenance(request.body);
    if (!on) return http::error_response(400, on.error().text);
    if (auto kept = Handover(directory_).set_maintenance(*on); !kept)
      return http::error_response(500, kept.error().text);
    if (*on != maintenance_) log_line(LogLevel::notice, *on ? "maintenance begins" : "maintenance ends");
    maintenance_ = *on;
    plane_->set_maintenance(maintenance_);
    return {200, "application/json", fmt::format("{{\"maintenance\": {}}}\n", maintenance_)};
  }

  http::Response fail_over(const http::Request& request) {
    const auto router = parse_failover(request.body);
    if (!router) return http::error_response(400, router.error().text);
    if (auto done = plane_->failover(*router); !done) {
      return http::error_response(done.error().errnum == ENOENT ? 404 : 409, done.error().text);
    }
    log_line(LogLevel::notice, fmt::format("vrrp {}: handing over, as asked", *router));
    return {200, "application/json", fmt::format("{{\"router\": {}}}\n", quoted(*router))};
  }

  void stop() {
    stopping_ = true;
    log_line(LogLevel::notice, options_.keep ? "stopping, the VIPs are left to a successor" : "stopping");
    server_.stop();
    tracking_.reset();
    retry_.cancel();
    const auto sent = plane_->stop();
    if (options_.keep && sent) {
      if (auto kept = Handover(directory_).leave(*sent); !kept) log_line(LogLevel::error, kept.error().text);
    }
    // The last changes of role have been posted by now; their programs may finish.
    asio::post(loop_, [this] { notifier_->when_idle([this] { loop_.stop(); }); });
  }

  RunOptions options_;
  Manifest manifest_;
  std::string node_;
  StateDir directory_;
  RealKernel real_;
  asio::io_context loop_;
  asio::signal_set signals_;
  asio::steady_timer retry_;
  http::Server server_;
  std::optional<Notifier> notifier_;
  std::optional<vrrp::Plane> plane_;
  std::optional<Tracking> tracking_;
  std::set<std::string, std::less<>> masters_;
  std::chrono::seconds retry_after_ = first_retry;
  std::string trouble_ = "the first reconcile is not complete";
  bool told_ = false;
  bool maintenance_ = false;
  bool stopping_ = false;
};

Runner::Runner(RunOptions options, Manifest manifest, std::string node)
    : running_(std::make_unique<Node>(std::move(options), std::move(manifest), std::move(node))) {}

Runner::~Runner() = default;

Result<void> Runner::run() {
  return running_->run();
}

}  // namespace ballast
