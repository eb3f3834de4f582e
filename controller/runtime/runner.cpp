#include "controller/runtime/runner.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <functional>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include "controller/health/plane.hpp"
#include "controller/http/server.hpp"
#include "controller/notify/announcer.hpp"
#include "controller/report/log.hpp"
#include "controller/report/service_text.hpp"
#include "controller/runtime/api.hpp"
#include "controller/runtime/counters.hpp"
#include "controller/runtime/eligibility.hpp"
#include "controller/runtime/handed_apply.hpp"
#include "controller/runtime/handover.hpp"
#include "controller/runtime/history.hpp"
#include "controller/runtime/network_watch.hpp"
#include "controller/runtime/node_view.hpp"
#include "controller/runtime/roles.hpp"
#include "controller/runtime/sources.hpp"
#include "controller/runtime/start.hpp"
#include "controller/runtime/telemetry.hpp"
#include "drivers/boot_clock.hpp"

namespace ballast {
namespace {

namespace asio = boost::asio;

/// That notifications have to leave when the process ends.
constexpr std::chrono::milliseconds last_words{2000};
constexpr std::chrono::milliseconds hurried_words{200};
/// Without a manifest there is nothing to look for.
constexpr std::chrono::nanoseconds no_looks = std::chrono::hours{24 * 365};

}  // namespace

class Runner::Node : public Operations {
 public:
  explicit Node(RunOptions options)
      : options_(std::move(options)),
        manifests_(options_.node.node, [this](const auto& newer) { return enact(newer); }),
        directory_(options_.node.state_dir),
        signals_(loop_, SIGTERM, SIGINT, SIGHUP),
        telemetry_(loop_, ServiceManager::from_environment(), telemetry_sources()),
        handed_(loop_, manifests_, handed_node()),
        server_(loop_, [](const std::string& text) { log_line(LogLevel::warning, text); }),
        sources_(loop_, options_.source, {.count = options_.max_removals}, manifests_,
                 {[this](std::function<void()> job) { looks_->run_job(std::move(job)); },
                  [this](Outcome outcome) { take(outcome); },
                  [this](const char* kind) { telemetry_.take_source_error(kind); }}),
        network_(loop_, [this] { looks_->look(); }) {}

  Result<void> run() {
    signals_.add(SIGUSR2);
    maintenance_ = Handover(directory_).in_maintenance();
    suspension_ = Handover(directory_).suspension();
    add_routes(server_, *this, typist_, loop_);
    telemetry_.add_routes(server_);
    if (auto made = make_state_directory(directory_); !made) return made.error();
    if (auto listening = listen(server_, directory_, options_); !listening) return listening.error();
    looks_.emplace(loop_, options_.node.state_dir, options_.resync, looks_callbacks());
    if (auto begun = sources_.begin(); !begun) return begun.error();
    wait_for_signal();
    telemetry_.start();
    sources_.start();
    // It has nothing to wait for: when the source can be read nobody knows.
    if (!roles_) telemetry_.ready();
    loop_.run();
    return {};
  }

 private:
  [[nodiscard]] TelemetrySources telemetry_sources() {
    TelemetrySources sources;
    sources.values = [this] { return metric_values(view(), options_.metrics_destinations); };
    sources.obstacle = [this] { return roles_ ? eligibility_.why_not() : sources_.why_none(); };
    sources.summary = [this] {
      if (!roles_) return Summary{{}, "", suspension_.has_value(), {}, {}};
      return Summary{roles_->roles(), manifests_.in_force()->revision.id, suspension_.has_value(), {}, {}};
    };
    sources.look_every = [this]() -> std::chrono::nanoseconds { return roles_ ? looks_->rest() : no_looks; };
    sources.worker_busy_since = [this] { return looks_->busy_since(); };
    sources.ask_vrrp = [this](std::function<void()> answered) {
      if (!roles_) return answered();
      roles_->check_in(std::move(answered));
    };
    return sources;
  }

  void make_roles() {
    const auto changed = [this](const vrrp::RoleChange& change) {
      history_.add(change, http::wall_time());
      announcer_.tell(change);
      looks_->look();
    };
    const auto repaired = [this](const std::string& router, const vrrp::Log& log) {
      history_.add_repaired_vip(router, log, http::wall_time());
    };
    roles_.emplace(loop_, plane_options(options_, directory_, maintenance_), changed, repaired);
  }

  void make_health() {
    health::PlaneCallbacks callbacks;
    callbacks.changed = [this] {
      handed_.health_changed();
      judge_eligibility();
      looks_->look_when_affordable();
    };
    callbacks.event = [this](const health::Event& event) {
      const bool bad = event.what == health::Event::What::member_down || event.what == health::Event::What::quorum_lost;
      log_line(bad ? LogLevel::warning : LogLevel::notice,
               fmt::format("health {}: {}{}: {}", event.service, event.member ? event.member->text() + " " : "",
                           text_of(event.what), event.reason),
               {{"service", event.service}, {"member", event.member ? event.member->text() : std::string()}});
      history_.add(event, http::wall_time());
      announcer_.tell(event);
    };
    callbacks.log = [](const std::string& text) { log_line(LogLevel::warning, text); };
    callbacks.attempted = [this](std::string_view type, bool passed, health::Duration took) {
      telemetry_.take_check(type, passed, took);
    };
    health_.emplace(loop_, directory_, std::move(callbacks));
  }

  void wait_for_signal() {
    signals_.async_wait([this](const auto& error, int signal) {
      if (error) return;
      if (signal != SIGHUP) return stop(options_.keep || signal == SIGUSR2);
      telemetry_.reloading();
      sources_.reload([this](const Reloaded&) { telemetry_.reloaded(); });
      wait_for_signal();
    });
  }

  void take(Outcome outcome) {
    telemetry_.take(outcome);
    history_.add(outcome, manifests_.status(), http::wall_time());
  }

  Result<void> enact(const std::shared_ptr<const Snapshot>& snapshot) {
    auto instances = instances_of(snapshot->manifest, manifests_.node());
    if (!instances) return instances.error();
    if (!roles_) return enact_first(*snapshot, *instances);
    log_line(
        LogLevel::notice,
        fmt::format("manifest {} is in force: {}", snapshot->revision.id, plural(instances->size(), "virtual router")),
        {{"revision", snapshot->revision.id}});
    history_.add_in_force(snapshot->revision.id, http::wall_time());
    announcer_.update(snapshot->manifest, manifests_.node());
    if (!suspension_) roles_->replace(*instances);
    if (health_begun_) {
      const auto& last = looks_->last();
      health_->update(snapshot->manifest, manifests_.node(), last ? &last->before.state : nullptr);
    }
    handed_.brings(*snapshot) ? looks_->look_at_everything() : looks_->look();
    return {};
  }

  /// Until there is a manifest nothing is held, checked or looked at: what it would want is not known.
  Result<void> enact_first(const Snapshot& snapshot, const std::vector<vrrp::Instance>& instances) {
    make_roles();
    if (auto started = roles_->start(instances); !started) {
      roles_.reset();
      return started.error();
    }
    history_.add_in_force(snapshot.revision.id, http::wall_time());
    announcer_.update(snapshot.manifest, manifests_.node());
    make_health();
    const auto& pools = snapshot.manifest.pools;
    health_begun_ = std::all_of(pools.begin(), pools.end(), [](const Pool& pool) { return pool.checks.empty(); });
    if (health_begun_) health_->update(snapshot.manifest, manifests_.node(), nullptr);
    telemetry_.begin();
    log_line(LogLevel::notice,
             fmt::format("node {}: {}, manifest {}{}", manifests_.node(), plural(instances.size(), "virtual router"),
                         snapshot.revision.id, maintenance_ ? ", in maintenance" : ""));
    if (suspension_) log_line(LogLevel::notice, "suspended: nothing is applied until `ballast resume`");
    if (auto watching = network_.start(); !watching) log_line(LogLevel::warning, watching.error().text);
    looks_->look();
    return {};
  }

  /// The kernel is to be made what the manifest wants, but for the VIPs, which the VRRP plane holds.
  [[nodiscard]] Order order() {
    return {manifests_.in_force(), manifests_.node(),   conditions(),     !health_begun_ || suspension_,
            Extent::everything,    handed_.give_back(), handed_.witness()};
  }

  [[nodiscard]] HandedNode handed_node() {
    return {options_.node.node,
            options_.node.state_dir,
            {.count = options_.max_removals},
            [this](std::function<void()> job) { looks_->run_job(std::move(job)); },
            [this] { return conditions(); },
            [this] { return failed_members(health_->health()); },
            [this] { return why_not_by_hand(options_, suspension_.has_value()); }};
  }

  [[nodiscard]] Conditions conditions() const {
    Conditions conditions;
    conditions.vips_by_vrrp = true;
    if (!roles_) return conditions;
    conditions.master_of = roles_->masters();
    conditions.health = health_->health();
    return conditions;
  }

  [[nodiscard]] LooksCallbacks looks_callbacks() {
    LooksCallbacks callbacks;
    callbacks.taken = [this](const Look& look) { telemetry_.take(look); };
    callbacks.order = [this] { return order(); };
    callbacks.suspended = [this] { return suspension_.has_value(); };
    callbacks.observed = [this](const Convergence& seen) {
      if (std::exchange(health_begun_, true)) return;
      health_->update(manifests_.in_force()->manifest, manifests_.node(), &seen.before.state);
    };
    callbacks.judged = [this] {
      if (looks_->is_complete()) health_->begin();
      telemetry_.ready();
      judge_eligibility();
    };
    callbacks.happened = [this](const Happenings& happenings) { history_.add(happenings, http::wall_time()); };
    callbacks.failed = [this](const std::string& text) { history_.add_failure(text, http::wall_time()); };
    return callbacks;
  }

  /// A node that cannot serve does not stand for election; what was up before a start counts until it is known better,
  /// and a successor goes on at once.
  void judge_eligibility() {
    const bool checks_are_known = health_->has_finished_first_round() || roles_->succeeds();
    eligibility_.judge(boot_time(), looks_->trouble(), checks_are_known, !roles_->masters().empty());
    roles_->set_eligibility(eligibility_.eligible(), eligibility_.why_not());
  }

  // ---- what the API asks for: Operations ----

  [[nodiscard]] NodeView view() {
    return {manifests_,
            sources_,
            *looks_,
            roles_ ? &*roles_ : nullptr,
            health_ ? &*health_ : nullptr,
            history_,
            conditions(),
            maintenance_,
            eligibility_.why_not(),
            suspension_,
            telemetry_.applied()};
  }
  void status(const std::string& service, std::function<void(Result<http::NodeStatus>)> done) override {
    counters_.read([this, service, done = std::move(done)](const TrafficRates& rates) {
      auto status = status_of(view(), service);
      if (status) add_rates(*status, rates);
      if (status) handed_.add_to(status->manifest);
      done(std::move(status));
    });
  }
  http::EventPage events(std::uint64_t since) override { return history_.events().since(since); }
  Result<std::vector<Explanation>> explain(const std::string& name) override { return ballast::explain(view(), name); }
  Result<std::function<std::string()>> plan_writer() override { return ballast::plan_writer(view()); }

  void log_request(const char* kind, const std::string& object, const std::string& text, LogFields fields = {}) {
    log_line(LogLevel::notice, fmt::format("{} {}: {}", kind, object, text), fields);
    history_.add_request(kind, object, text, http::wall_time());
  }

  Result<void> set_maintenance(bool on) override {
    if (auto kept = Handover(directory_).set_maintenance(on); !kept) return kept.error();
    if (on != maintenance_) log_request("node", manifests_.node(), on ? "maintenance begins" : "maintenance ends");
    maintenance_ = on;
    if (roles_) roles_->set_maintenance(maintenance_);
    return {};
  }

  void follow_routers() {
    if (auto instances = instances_of(manifests_.in_force()->manifest, manifests_.node())) roles_->replace(*instances);
  }

  /// The VRRP plane goes on with what it had: a VIP is no less held.
  Result<void> set_suspended(const SuspendRequest& asked) override {
    std::optional<Suspension> suspension;
    if (asked.on) {
      suspension.emplace(Suspension{http::wall_time(), asked.reason});
      if (suspension_) suspension->since = suspension_->since;
    }
    if (auto kept = Handover(directory_).set_suspension(suspension); !kept) return kept.error();
    const bool before = std::exchange(suspension_, suspension).has_value();
    if (asked.on) {
      log_request("node", manifests_.node(),
                  "suspended" + (asked.reason.empty() ? "" : ", " + asked.reason) +
                      ": nothing is applied until `ballast resume`");
    } else if (before) {
      log_request("node", manifests_.node(), "resumed: the manifest is applied");
      if (roles_) follow_routers();  // what came meanwhile
    }
    if (roles_) looks_->look_at_everything();
    return {};
  }

  Result<std::vector<PoolMember>> set_member(const MemberRequest& asked) override {
    if (!roles_) return Error{sources_.why_none(), EBUSY};
    auto members = find_members(manifests_.in_force()->manifest, asked);
    if (!members) return members;
    for (const PoolMember& member : *members) {
      log_request("member", fmt::format("{} of pool {}", member.address.text(), member.pool),
                  fmt::format("{}, as asked", asked.state ? text_of(*asked.state) : "as the manifest says"),
                  {{"member", member.address.text()}, {"pool", member.pool}});
      health_->set_state(member, asked.state);
    }
    looks_->look();
    return members;
  }

  Result<void> approve(const std::string& revision) override {
    auto done = manifests_.approve(revision);
    if (!done) return done;
    sources_.keep();
    history_.add_request("manifest", revision, "approved", http::wall_time());
    return done;
  }

  void reload(std::function<void(const Reloaded&)> then) override { sources_.reload(std::move(then)); }

  HandedApply& handed() override { return handed_; }

  Result<void> fail_over(const std::string& router) override {
    if (!roles_) return Error{sources_.why_none(), EBUSY};
    if (auto done = roles_->fail_over(router); !done) return done.error();
    log_request("router", router, "handing over, as asked", {{"router", router}});
    return {};
  }

  /// With `keep` the VIPs are left to a successor, which must start within their lease: then nothing is waited for
  /// long.
  void stop(bool keep) {
    stopping_ = true;
    telemetry_.stop();
    log_line(LogLevel::notice, keep ? "stopping, the VIPs are left to a successor" : "stopping");
    sources_.stop();
    server_.stop();
    handed_.stop();
    looks_->stop();
    if (!roles_) return loop_.stop();
    if (const auto kept = roles_->stop(keep); !kept.empty()) {
      if (auto left = Handover(directory_).leave(kept); !left) log_line(LogLevel::error, left.error().text);
    }
    health_.reset();
    // The last changes of role have been posted by now; their programs may finish.
    asio::post(loop_, [this, time = keep ? hurried_words : last_words] {
      roles_->when_idle([this, time] { announcer_.finish(time, [this] { loop_.stop(); }); });
    });
  }

  RunOptions options_;
  Manifests manifests_;
  StateDir directory_;
  asio::io_context loop_;
  asio::signal_set signals_;
  Telemetry telemetry_;
  http::Typist typist_{loop_};
  HandedApply handed_;
  http::Server server_;
  notify::Announcer announcer_{loop_, [](const std::string& text) { log_line(LogLevel::warning, text); }};
  Sources sources_;
  NetworkWatch network_;
  std::optional<Roles> roles_;
  std::optional<health::Plane> health_;
  Counters counters_{loop_};
  History history_{http::instant_text(http::wall_time())};
  Eligibility eligibility_;
  bool health_begun_ = false;
  bool maintenance_ = false;
  std::optional<Suspension> suspension_;  // nothing is applied
  bool stopping_ = false;
  std::optional<Looks> looks_;  // the last member: its thread uses the others
};

Runner::Runner(RunOptions options) : running_(std::make_unique<Node>(std::move(options))) {}

Runner::~Runner() = default;

Result<void> Runner::run() {
  return running_->run();
}

}  // namespace ballast
