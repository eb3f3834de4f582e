#include "controller/runtime/runner.hpp"

#include <algorithm>
#include <csignal>
#include <optional>
#include <set>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include "controller/commands/common.hpp"
#include "controller/http/server.hpp"
#include "controller/report/log.hpp"
#include "controller/report/plan_text.hpp"
#include "controller/runtime/handover.hpp"
#include "controller/runtime/notifier.hpp"
#include "controller/runtime/status.hpp"
#include "controller/runtime/tracking.hpp"
#include "controller/runtime/worker.hpp"

namespace ballast {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds first_retry{500};
constexpr std::chrono::milliseconds longest_retry{30000};
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

}  // namespace

class Runner::Node {
 public:
  Node(RunOptions options, Manifest manifest, std::string node)
      : options_(std::move(options)),
        manifest_(std::make_shared<const Manifest>(std::move(manifest))),
        node_(std::move(node)),
        directory_(options_.node.state_dir),
        signals_(loop_, SIGTERM, SIGINT, SIGHUP),
        next_look_(loop_),
        server_(loop_, [](const std::string& text) { log_line(LogLevel::warning, text); }) {}

  Result<void> run() {
    auto instances = make_instances(*manifest_);
    if (!instances) return instances.error();
    maintenance_ = Handover(directory_).in_maintenance();
    add_routes();
    if (auto made = make_directory(); !made) return made.error();
    if (auto listening = server_.listen(directory_.path_of("ballast.sock")); !listening) return listening.error();

    make_notifier(*instances);
    make_plane(*instances);
    if (auto started = plane_->start(); !started) return started.error();
    start_tracking(*instances);
    log_line(LogLevel::notice, fmt::format("node {}: {} virtual routers{}", node_, instances->size(),
                                           maintenance_ ? ", in maintenance" : ""));
    wait_for_signal();
    worker_.emplace(options_.node.state_dir,
                    [this](Look seen) { asio::post(loop_, [this, seen = std::move(seen)] { take(seen); }); });
    look();
    loop_.run();
    return {};
  }

 private:
  Result<std::vector<vrrp::Instance>> make_instances(const Manifest& manifest) {
    auto made = vrrp::make_instances(manifest, node_,
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

  void wait_for_signal() {
    signals_.async_wait([this](const auto& error, int signal) {
      if (error) return;
      if (signal != SIGHUP) {
        stop();
        return;
      }
      reload();
      wait_for_signal();
    });
  }

  void make_notifier(const std::vector<vrrp::Instance>& instances) {
    notifier_.emplace(loop_, instances, [](const std::string& router, const std::string& text) {
      log_line(LogLevel::warning, fmt::format("vrrp {}: {}", router, text));
    });
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
    look();
  }

  /// Reads the manifest again; one that is not valid changes nothing.
  void reload() {
    log_line(LogLevel::notice, "reading the manifest again");
    worker_->run_job([this] {
      auto outcome = std::make_shared<ReadOutcome>(load_manifest(options_.node.paths));
      asio::post(loop_, [this, outcome] { take(*outcome); });
    });
  }

  void take(ReadOutcome& outcome) {
    if (stopping_) return;
    const auto refuse = [](const std::string& text) {
      log_line(LogLevel::error, text);
      log_line(LogLevel::error, "the manifest is not valid; the one before stays in force");
    };
    if (!outcome.diagnostics.empty()) {
      std::vector<std::string> lines;
      for (const Diagnostic& diagnostic : outcome.diagnostics) lines.push_back(diagnostic.text());
      return refuse(fmt::format("{}", fmt::join(lines, "\n")));
    }
    if (auto known = find_node(outcome.manifest, options_.node); !known) return refuse(known.error().text);
    auto instances = make_instances(outcome.manifest);
    if (!instances) return refuse(instances.error().text);

    manifest_ = std::make_shared<const Manifest>(std::move(outcome.manifest));
    log_line(LogLevel::notice, fmt::format("the manifest is in force: {} virtual routers", instances->size()));
    plane_->replace(*instances);
    notifier_->replace(*instances);
    tracking_.reset();
    start_tracking(*instances);
    std::erase_if(masters_, [&](const std::string& name) {
      return std::none_of(instances->begin(), instances->end(),
                          [&](const vrrp::Instance& instance) { return instance.config.name == name; });
    });
    look();
  }

  /// The kernel is to be made what the manifest wants, but for the VIPs, which the plane holds.
  void look() {
    if (stopping_) return;
    Order order{manifest_, node_, {}};
    order.conditions.master_of = masters_;
    order.conditions.vips_by_vrrp = true;
    worker_->order(std::move(order));
  }

  void take(const Look& seen) {
    if (stopping_) return;
    std::vector<std::string> complaints;
    if (!seen.error.empty()) complaints.push_back(seen.error);
    if (seen.result) {
      for (const Failure& failure : seen.result->report.failures) complaints.push_back(failure.text);
      log_changes(*seen.result);
    }
    for (const std::string& complaint : complaints) {
      const bool is_new = std::find(complaints_.begin(), complaints_.end(), complaint) == complaints_.end();
      if (is_new) log_line(LogLevel::error, complaint);
    }
    if (complaints.empty() && !complaints_.empty()) log_line(LogLevel::notice, "the kernel is as wanted again");
    const bool failed = !complaints.empty();
    complaints_ = std::move(complaints);

    std::string trouble = seen.trouble();
    if (!told_ || trouble != trouble_) plane_->set_eligibility(trouble.empty(), trouble);
    told_ = true;
    trouble_ = std::move(trouble);
    look_later(failed);
  }

  void log_changes(const Convergence& result) {
    if (result.report.writes == 0) return;
    constexpr std::size_t most_lines = 20;
    const std::vector<std::string> lines = plan_lines(result.plan, most_lines);
    for (const std::string& line : lines) log_line(LogLevel::info, line);
    log_line(LogLevel::info, fmt::format("applied {} changes in {} kernel writes, {:.1f} ms", result.report.done,
                                         result.report.writes, result.applied.count()));
  }

  /// The kernel says nothing of its IPVS tables and sysctls by itself.
  void look_later(bool soon) {
    retry_after_ = soon ? std::min(retry_after_ * 2, longest_retry) : first_retry;
    next_look_.expires_after(soon ? std::min<std::chrono::milliseconds>(retry_after_, options_.resync)
                                  : options_.resync);
    next_look_.async_wait([this](const auto& error) {
      if (!error) look();
    });
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
    next_look_.cancel();
    const auto sent = plane_->stop();
    if (options_.keep && sent) {
      if (auto kept = Handover(directory_).leave(*sent); !kept) log_line(LogLevel::error, kept.error().text);
    }
    // The last changes of role have been posted by now; their programs may finish.
    asio::post(loop_, [this] { notifier_->when_idle([this] { loop_.stop(); }); });
  }

  RunOptions options_;
  std::shared_ptr<const Manifest> manifest_;
  std::string node_;
  StateDir directory_;
  asio::io_context loop_;
  asio::signal_set signals_;
  asio::steady_timer next_look_;
  http::Server server_;
  std::optional<Notifier> notifier_;
  std::optional<vrrp::Plane> plane_;
  std::optional<Tracking> tracking_;
  std::set<std::string, std::less<>> masters_;
  std::chrono::milliseconds retry_after_ = first_retry;
  std::vector<std::string> complaints_;  // of the last look
  std::string trouble_ = "the first reconcile is not complete";
  bool told_ = false;
  bool maintenance_ = false;
  bool stopping_ = false;
  std::optional<Worker> worker_;  // the last member: it uses the others
};

Runner::Runner(RunOptions options, Manifest manifest, std::string node)
    : running_(std::make_unique<Node>(std::move(options), std::move(manifest), std::move(node))) {}

Runner::~Runner() = default;

Result<void> Runner::run() {
  return running_->run();
}

}  // namespace ballast
