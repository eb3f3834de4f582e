#include "controller/runtime/tracking.hpp"

#include <algorithm>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <unistd.h>

#include "drivers/link_monitor.hpp"
#include "drivers/processes.hpp"
#include "drivers/script.hpp"

namespace ballast {
namespace {

namespace asio = boost::asio;
using vrrp::TrackKind;

struct Verdict {
  bool passed = false;
  std::string text;
};

Verdict check_process(const std::string& name) {
  const auto count = count_processes(name);
  if (!count) return {false, count.error().text};
  return {*count > 0, *count > 0 ? "it runs" : "no process of that name runs"};
}

Verdict check_file(const std::string& path) {
  if (::access(path.c_str(), F_OK) == 0) return {true, "it exists"};
  return {false, errno_text(errno)};
}

}  // namespace

class Tracking::Checks : public std::enable_shared_from_this<Tracking::Checks> {
 public:
  Checks(asio::io_context& loop, const std::vector<vrrp::Instance>& instances, TrackingCallbacks callbacks,
         const Checks* before, const std::function<bool(const vrrp::Config&)>& holds)
      : loop_(loop), callbacks_(std::move(callbacks)) {
    for (const vrrp::Instance& instance : instances) {
      auto router = std::make_unique<Router>();
      router->name = instance.config.name;
      router->base = instance.config.priority;
      const bool trusted = !instance.tracks.empty() && holds(instance.config);
      for (const vrrp::TrackedCheck& check : instance.tracks) {
        const vrrp::Tracker* known = before == nullptr ? nullptr : before->find(router->name, check);
        router->trackers.push_back(known == nullptr ? vrrp::Tracker(check.config, trusted) : *known);
        router->checks.push_back(check);
      }
      if (!router->checks.empty()) routers_.push_back(std::move(router));
    }
  }

  Result<void> start() {
    for (auto& router : routers_) {
      callbacks_.priority(router->name, effective_priority(router->base, router->trackers));
      for (std::size_t i = 0; i < router->checks.size(); ++i) {
        if (router->checks[i].config.kind == TrackKind::interface) {
          tracks_interfaces_ = true;
        } else {
          schedule(*router, i, vrrp::Duration{0});
        }
      }
    }
    return tracks_interfaces_ ? watch_links() : Result<void>{};
  }

  void stop() {
    stopped_ = true;
    for (const auto& timer : timers_) timer->cancel();
    timers_.clear();
    if (links_) links_->release();
    links_.reset();
  }

 private:
  struct Router {
    std::string name;
    std::uint8_t base = 100;
    std::vector<vrrp::Tracker> trackers;
    std::vector<vrrp::TrackedCheck> checks;
  };

  [[nodiscard]] const vrrp::Tracker* find(const std::string& name, const vrrp::TrackedCheck& check) const {
    for (const auto& router : routers_) {
      if (router->name != name) continue;
      const auto found = std::find(router->checks.begin(), router->checks.end(), check);
      if (found != router->checks.end()) return &router->trackers[std::size_t(found - router->checks.begin())];
    }
    return nullptr;
  }

  /// The next check `after` now; one check runs at a time.
  void schedule(Router& router, std::size_t i, vrrp::Duration after) {
    auto timer = std::make_shared<asio::steady_timer>(loop_, after);
    timers_.push_back(timer);
    timer->async_wait([weak = weak_from_this(), timer, &router, i](const auto& error) {
      const auto self = weak.lock();
      if (!self || error || self->stopped_) return;
      std::erase(self->timers_, timer);
      self->check(router, i);
    });
  }

  void check(Router& router, std::size_t i) {
    const vrrp::TrackedCheck& what = router.checks[i];
    const auto started = std::chrono::steady_clock::now();
    const auto finish = [weak = weak_from_this(), &router, i, started](const Verdict& verdict) {
      const auto self = weak.lock();
      if (!self || self->stopped_) return;
      self->report(router, i, verdict);
      const vrrp::Duration taken = std::chrono::steady_clock::now() - started;
      self->schedule(router, i, std::max(router.checks[i].interval - taken, vrrp::Duration{0}));
    };
    switch (what.config.kind) {
      case TrackKind::process:
        finish(check_process(what.config.name));
        break;
      case TrackKind::file:
        finish(check_file(what.config.name));
        break;
      case TrackKind::script:
        run_script(loop_,
                   {what.command.argv,
                    {{"BALLAST_ROUTER", router.name}},
                    what.command.user,
                    std::chrono::duration_cast<std::chrono::milliseconds>(what.timeout)},
                   [finish](const ScriptOutcome& outcome) {
                     finish({outcome.passed, outcome.text});
                   });
        break;
      case TrackKind::interface:
        break;  // the kernel tells
    }
  }

  void report(Router& router, std::size_t i, const Verdict& verdict) {
    vrrp::Tracker& tracker = router.trackers[i];
    if (!tracker.report(verdict.passed, verdict.text)) return;
    const vrrp::TrackConfig& config = router.checks[i].config;
    callbacks_.log(router.name, std::string(text_of(config.kind)) + " " + config.name +
                                    (verdict.passed ? " passes: " : " fails: ") + verdict.text);
    callbacks_.priority(router.name, effective_priority(router.base, router.trackers));
  }

  Result<void> watch_links() {
    auto monitor = LinkMonitor::open();
    if (!monitor) return monitor.error();
    monitor_.emplace(std::move(*monitor));
    links_.emplace(loop_, monitor_->descriptor());
    look_at_links();
    wait_for_links();
    return {};
  }

  void wait_for_links() {
    links_->async_wait(asio::posix::stream_descriptor::wait_read, [weak = weak_from_this()](const auto& error) {
      const auto self = weak.lock();
      if (!self || error || self->stopped_) return;
      if (auto events = self->monitor_->read(); !events || !events->empty()) self->look_at_links();
      self->wait_for_links();
    });
  }

  void look_at_links() {
    const auto view = monitor_->look();
    if (!view) return;
    for (auto& router : routers_) {
      for (std::size_t i = 0; i < router->checks.size(); ++i) {
        const vrrp::TrackConfig& config = router->checks[i].config;
        if (config.kind != TrackKind::interface) continue;
        Verdict verdict{false, "it does not exist"};
        for (const LinkEvent& link : view->links) {
          if (link.name == config.name) verdict = {link.up, link.up ? "it is up" : "it is down"};
        }
        report(*router, i, verdict);
      }
    }
  }

  asio::io_context& loop_;
  TrackingCallbacks callbacks_;
  std::vector<std::unique_ptr<Router>> routers_;
  std::vector<std::shared_ptr<asio::steady_timer>> timers_;
  std::optional<LinkMonitor> monitor_;
  std::optional<asio::posix::stream_descriptor> links_;
  bool tracks_interfaces_ = false;
  bool stopped_ = false;
};

Tracking::Tracking(asio::io_context& loop, const std::vector<vrrp::Instance>& instances, TrackingCallbacks callbacks,
                   const Tracking* before, const std::function<bool(const vrrp::Config&)>& holds)
    : checks_(std::make_shared<Checks>(loop, instances, std::move(callbacks),
                                       before == nullptr ? nullptr : before->checks_.get(), holds)) {}

Tracking::~Tracking() {
  checks_->stop();
}

Result<void> Tracking::start() {
  return checks_->start();
}

}  // namespace ballast
