#include "controller/runtime/runner.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include "controller/health/plane.hpp"
#include "controller/http/server.hpp"
#include "controller/notify/announcer.hpp"
#include "controller/report/log.hpp"
#include "controller/report/plan_text.hpp"
#include "controller/runtime/api.hpp"
#include "controller/runtime/handover.hpp"
#include "controller/runtime/network_watch.hpp"
#include "controller/runtime/roles.hpp"
#include "controller/runtime/status.hpp"
#include "controller/runtime/worker.hpp"
#include "controller/source/watch.hpp"
#include "reconcilers/removals.hpp"

namespace ballast {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds first_retry{500};
constexpr std::chrono::milliseconds longest_retry{30000};
/// Connections that end are seen only by looking.
constexpr std::chrono::milliseconds while_draining{1000};
constexpr std::chrono::seconds lock_wait{5};
/// That notifications have to leave when the process ends.
constexpr std::chrono::milliseconds last_words{2000};
constexpr std::size_t most_lines = 20;  // of one change, in the log

}  // namespace

class Runner::Node : public Operations {
 public:
  Node(RunOptions options, std::shared_ptr<const Snapshot> snapshot, std::string node)
      : options_(std::move(options)),
        snapshot_(std::move(snapshot)),
        node_(std::move(node)),
        directory_(options_.node.state_dir),
        signals_(loop_, SIGTERM, SIGINT, SIGHUP),
        next_look_(loop_),
        server_(loop_, [](const std::string& text) { log_line(LogLevel::warning, text); }),
        watch_(loop_, options_.node.paths, [this] { reload(Caller::files); }),
        network_(loop_, [this] { look(Extent::all_but_services); }) {}

  Result<void> run() {
    auto instances = instances_of(snapshot_->manifest, node_);
    if (!instances) return instances.error();
    maintenance_ = Handover(directory_).in_maintenance();
    add_routes(server_, *this);
    if (auto made = make_directory(); !made) return made.error();
    if (auto listening = server_.listen(directory_.path_of("ballast.sock")); !listening) return listening.error();

    announcer_.update(snapshot_->manifest, node_);
    roles_.emplace(loop_, plane_options(), [this](const vrrp::RoleChange& change) {
      announcer_.tell(change);
      look();
    });
    if (auto started = roles_->start(*instances); !started) return started.error();
    make_health();
    const auto& pools = snapshot_->manifest.pools;
    health_begun_ = std::all_of(pools.begin(), pools.end(), [](const Pool& pool) { return pool.checks.empty(); });
    log_line(LogLevel::notice, fmt::format("node {}: {} virtual routers, manifest {}{}", node_, instances->size(),
                                           snapshot_->revision.id, maintenance_ ? ", in maintenance" : ""));
    wait_for_signal();
    if (auto watching = watch_.start(); !watching) log_line(LogLevel::warning, watching.error().text);
    if (auto watching = network_.start(); !watching) log_line(LogLevel::warning, watching.error().text);
    worker_.emplace(options_.node.state_dir,
                    [this](Look seen) { asio::post(loop_, [this, seen = std::move(seen)] { take(seen); }); });
    look();
    loop_.run();
    return {};
  }

 private:
  enum class Caller { signal, files };

  /// The socket lives in the state directory, which the lock makes.
  Result<void> make_directory() {
    auto lock = directory_.lock(lock_wait, [](long) {});
    if (!lock) return lock.error();
    return {};
  }

  [[nodiscard]] vrrp::PlaneOptions plane_options() const {
    vrrp::PlaneOptions options;
    options.state_dir = options_.node.state_dir;
    options.realtime_priority = options_.realtime_priority;
    options.lock_memory = options_.lock_memory;
    options.maintenance = maintenance_;
    options.keep = options_.keep;
    options.kept_at = Handover(directory_).take();
    return options;
  }

  void make_health() {
    health::PlaneCallbacks callbacks;
    callbacks.changed = [this] {
      judge_eligibility();
      look();
    };
    callbacks.event = [this](const health::Event& event) {
      const bool bad = event.what == health::Event::What::member_down || event.what == health::Event::What::quorum_lost;
      log_line(bad ? LogLevel::warning : LogLevel::notice,
               fmt::format("health {}: {}{}: {}", event.service, event.member ? event.member->text() + " " : "",
                           text_of(event.what), event.reason));
      announcer_.tell(event);
    };
    callbacks.log = [](const std::string& text) { log_line(LogLevel::warning, text); };
    health_.emplace(loop_, directory_, std::move(callbacks));
  }

  void wait_for_signal() {
    signals_.async_wait([this](const auto& error, int signal) {
      if (error) return;
      if (signal != SIGHUP) {
        stop();
        return;
      }
      reload(Caller::signal);
      wait_for_signal();
    });
  }

  /// Reads the manifest again.
  void reload(Caller caller) {
    if (stopping_) return;
    // Rendering for the brake takes as long as reading does.
    worker_->run_job([this, caller, before = snapshot_] {
      const std::shared_ptr<const Snapshot> snapshot = read_snapshot(options_.node.paths);
      RemovalLimit limit;
      limit.count = options_.max_removals;
      std::string too_much = snapshot->diagnostics.empty()
                                 ? too_much_removed(before->manifest, snapshot->manifest, node_, limit)
                                 : std::string();
      asio::post(loop_, [this, caller, before, snapshot, too_much = std::move(too_much)] {
        if (before != snapshot_) return reload(caller);  // another one was approved meanwhile
        take(snapshot, caller, too_much);
      });
    });
  }

  /// One that is not valid changes nothing.
  void take(const std::shared_ptr<const Snapshot>& snapshot, Caller caller, const std::string& too_much) {
    if (stopping_) return;
    const std::string& id = snapshot->revision.id;
    if (caller == Caller::files &&
        (id == snapshot_->revision.id || id == refused_ || (held_ && id == held_->revision.id)))
      return;
    const auto refuse = [&](const std::string& text) {
      refused_ = id;
      refusal_ = text;
      log_line(LogLevel::error, text);
      log_line(LogLevel::error, fmt::format("manifest {} is not valid; {} stays in force", id, snapshot_->revision.id));
    };
    if (!snapshot->diagnostics.empty()) {
      std::vector<std::string> lines;
      for (const Diagnostic& diagnostic : snapshot->diagnostics) lines.push_back(diagnostic.text());
      return refuse(fmt::format("{}", fmt::join(lines, "\n")));
    }
    if (auto known = find_node(snapshot->manifest, options_.node); !known) return refuse(known.error().text);
    refused_.clear();
    held_.reset();
    if (!too_much.empty()) {
      held_ = snapshot;
      held_why_ = too_much;
      log_line(LogLevel::error, fmt::format("manifest {} is held, {} stays in force: {}; `ballast approve {}` lets it",
                                            id, snapshot_->revision.id, held_why_, id));
      return;
    }
    if (auto done = put_in_force(snapshot); !done) refuse(done.error().text);
  }

  Result<void> put_in_force(const std::shared_ptr<const Snapshot>& snapshot) {
    auto instances = instances_of(snapshot->manifest, node_);
    if (!instances) return instances.error();
    held_.reset();
    snapshot_ = snapshot;
    const std::string& id = snapshot->revision.id;
    log_line(LogLevel::notice, fmt::format("manifest {} is in force: {} virtual routers", id, instances->size()));
    announcer_.update(snapshot_->manifest, node_);
    roles_->replace(*instances);
    if (health_begun_) health_->update(snapshot_->manifest, node_, observed_ ? &observed_->before.state : nullptr);
    look();
    return {};
  }

  /// The kernel is to be made what the manifest wants, but for the VIPs, which the VRRP plane holds.
  void look(Extent extent = Extent::everything) {
    if (stopping_) return;
    const bool first = !looked_ || !health_begun_;
    worker_->order({snapshot_, node_, conditions(), !health_begun_, first ? Extent::everything : extent});
  }

  [[nodiscard]] Conditions conditions() const {
    Conditions conditions;
    conditions.master_of = roles_->masters();
    conditions.vips_by_vrrp = true;
    conditions.health = health_->health();
    return conditions;
  }

  void take(const Look& seen) {
    if (stopping_) return;
    if (seen.extent != Extent::everything) return take_part(seen);
    if (seen.result) observed_ = seen.result;
    if (!health_begun_ && seen.result) {
      health_begun_ = true;
      health_->update(snapshot_->manifest, node_, &seen.result->before.state);
    }
    if (seen.only_looked && seen.result) return look();

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
    complaints_ = std::move(complaints);
    trouble_ = seen.trouble();
    if (seen.result) {
      looked_ = true;
      health_->begin();
    }
    judge_eligibility();
    look_later(!complaints_.empty(), seen.result && !seen.result->drains.empty());
  }

  /// What the network's events led to. What went wrong is said by the next look at everything, which is then soon.
  void take_part(const Look& seen) {
    if (seen.result) log_changes(*seen.result);
    if (!seen.result || !seen.result->converged()) look();
  }

  /// A node that cannot serve does not stand for election; what was up before a start counts until it is known better.
  void judge_eligibility() {
    std::string reason = trouble_;
    if (reason.empty() && !health_->has_finished_first_round()) reason = "the first round of checks is not complete";
    eligible_ = reason.empty();
    why_not_ = reason;
    roles_->set_eligibility(eligible_, reason);
  }

  static void log_changes(const Convergence& result) {
    if (result.report.writes == 0) return;
    for (const std::string& line : plan_lines(result.plan, most_lines)) log_line(LogLevel::info, line);
    log_line(LogLevel::info, fmt::format("applied {} changes in {} kernel writes, {:.1f} ms", result.report.done,
                                         result.report.writes, result.applied.count()));
  }

  /// The kernel says nothing of its IPVS tables and sysctls by itself.
  void look_later(bool failed, bool draining) {
    std::chrono::milliseconds after = draining ? std::min(while_draining, options_.resync) : options_.resync;
    if (failed) {
      after = std::min(retry_after_, after);
      retry_after_ = std::min(retry_after_ * 2, longest_retry);
    } else {
      retry_after_ = first_retry;
    }
    next_look_.expires_after(after);
    next_look_.async_wait([this](const auto& error) {
      if (!error) look();
    });
  }

  // ---- what the API asks for: Operations ----

  http::NodeStatus status() override {
    http::NodeStatus status{node_, BALLAST_VERSION, maintenance_, eligible_, why_not_, {}, {}, {}, complaints_};
    for (const vrrp::RouterStatus& router : roles_->status()) status.routers.push_back(router_status(router));
    status.manifest = {snapshot_->revision.id, refused_, refusal_, held_ ? held_->revision.id : "", held_why_};
    status.services =
        service_statuses(snapshot_->manifest, conditions(), node_, *health_, observed_ ? &observed_->before : nullptr);
    return status;
  }

  Result<void> set_maintenance(bool on) override {
    if (auto kept = Handover(directory_).set_maintenance(on); !kept) return kept.error();
    if (on != maintenance_) log_line(LogLevel::notice, on ? "maintenance begins" : "maintenance ends");
    maintenance_ = on;
    roles_->set_maintenance(maintenance_);
    return {};
  }

  Result<std::vector<PoolMember>> set_member(const MemberRequest& asked) override {
    auto members = find_members(snapshot_->manifest, asked);
    if (!members) return members;
    for (const PoolMember& member : *members) {
      log_line(LogLevel::notice, fmt::format("member {} of pool {}: {}, as asked", member.address.text(), member.pool,
                                             asked.state ? text_of(*asked.state) : "as the manifest says"));
      health_->set_state(member, asked.state);
    }
    look();
    return members;
  }

  Result<void> approve(const std::string& revision) override {
    if (!held_) return Error{"no manifest is held", EBUSY};
    if (held_->revision.id != revision) {
      return Error{fmt::format("manifest {} is held, not {}", held_->revision.id, revision), EBUSY};
    }
    log_line(LogLevel::notice, fmt::format("manifest {} is approved", revision));
    return put_in_force(std::shared_ptr(held_));
  }

  Result<void> fail_over(const std::string& router) override {
    if (auto done = roles_->fail_over(router); !done) return done.error();
    log_line(LogLevel::notice, fmt::format("vrrp {}: handing over, as asked", router));
    return {};
  }

  void stop() {
    stopping_ = true;
    log_line(LogLevel::notice, options_.keep ? "stopping, the VIPs are left to a successor" : "stopping");
    const auto sent = roles_->stop();
    if (options_.keep && sent) {
      if (auto kept = Handover(directory_).leave(*sent); !kept) log_line(LogLevel::error, kept.error().text);
    }
    server_.stop();
    next_look_.cancel();
    health_.reset();
    // The last changes of role have been posted by now; their programs may finish.
    asio::post(loop_,
               [this] { roles_->when_idle([this] { announcer_.finish(last_words, [this] { loop_.stop(); }); }); });
  }

  RunOptions options_;
  std::shared_ptr<const Snapshot> snapshot_;  // in force
  std::string refused_;                       // the revision that was read after it and is not valid
  std::string refusal_;                       // why
  std::shared_ptr<const Snapshot> held_;      // until it is approved, or followed by another
  std::string held_why_;
  std::string node_;
  StateDir directory_;
  asio::io_context loop_;
  asio::signal_set signals_;
  asio::steady_timer next_look_;
  http::Server server_;
  notify::Announcer announcer_{loop_, [](const std::string& text) { log_line(LogLevel::warning, text); }};
  FileWatch watch_;
  NetworkWatch network_;
  std::optional<Roles> roles_;
  std::optional<health::Plane> health_;
  std::shared_ptr<const Convergence> observed_;  // what came of the last look that saw the kernel
  std::chrono::milliseconds retry_after_ = first_retry;
  std::vector<std::string> complaints_;  // of the last look
  std::string trouble_ = "the first reconcile is not complete";
  std::string why_not_ = trouble_;
  bool eligible_ = false;
  bool looked_ = false;  // at everything, once
  bool health_begun_ = false;
  bool maintenance_ = false;
  bool stopping_ = false;
  std::optional<Worker> worker_;  // the last member: it uses the others
};

Runner::Runner(RunOptions options, std::shared_ptr<const Snapshot> snapshot, std::string node)
    : running_(std::make_unique<Node>(std::move(options), std::move(snapshot), std::move(node))) {}

Runner::~Runner() = default;

Result<void> Runner::run() {
  return running_->run();
}

}  // namespace ballast
