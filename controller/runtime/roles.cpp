#include "controller/runtime/roles.hpp"

#include <algorithm>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "controller/report/log.hpp"
#include "drivers/state_dir.hpp"

namespace ballast {
namespace {

namespace asio = boost::asio;

constexpr std::size_t longest_password_file = std::size_t{64} << 10;

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

Result<std::vector<vrrp::Instance>> instances_of(const Manifest& manifest, std::string_view node) {
  auto made = vrrp::make_instances(manifest, node,
                                   [](const std::string& path) { return read_file(path, longest_password_file); });
  if (made.problems.empty()) return std::move(made.instances);
  return Error{made.problems.front().text(), 0};
}

Roles::Roles(asio::io_context& loop, vrrp::PlaneOptions options, std::function<void(const vrrp::RoleChange&)> changed,
             std::function<void(const std::string&, const vrrp::Log&)> repaired)
    : loop_(loop), options_(std::move(options)), changed_(std::move(changed)), repaired_(std::move(repaired)) {}

Result<void> Roles::start(const std::vector<vrrp::Instance>& instances) {
  notifier_.emplace(loop_, instances, [](const std::string& router, const std::string& text) {
    log_line(LogLevel::warning, fmt::format("vrrp {}: {}", router, text), {{"router", router}});
  });
  vrrp::PlaneCallbacks callbacks;
  callbacks.role_changed = [this](vrrp::RoleChange change) {
    asio::post(loop_, [this, change = std::move(change)] { take(change); });
  };
  callbacks.log = [this](std::string router, vrrp::Log log) {
    asio::post(loop_, [this, router = std::move(router), log = std::move(log)] {
      log_line(level_of(log.level), fmt::format("vrrp {}: {}", router, log.text), {{"router", router}});
      if (!log.repaired.empty()) repaired_(router, log);
    });
  };
  for (const auto& instance : instances) kept_until_ = std::max(kept_until_, kept_until(instance.config));
  plane_.emplace(instances, options_, std::move(callbacks));
  if (auto started = plane_->start(); !started) return started.error();
  track(instances);
  return {};
}

void Roles::replace(const std::vector<vrrp::Instance>& instances) {
  plane_->replace(instances);
  notifier_->replace(instances);
  track(instances);
  const auto is_gone = [&](const std::string& name) {
    return std::none_of(instances.begin(), instances.end(),
                        [&](const vrrp::Instance& instance) { return instance.config.name == name; });
  };
  std::erase_if(masters_, is_gone);
  std::erase_if(roles_told_, [&](const auto& each) { return is_gone(each.first); });
}

void Roles::track(const std::vector<vrrp::Instance>& instances) {
  TrackingCallbacks callbacks;
  callbacks.priority = [this](const std::string& router, const vrrp::PriorityChanged& change) {
    plane_->set_priority(router, change);
  };
  callbacks.log = [](const std::string& router, const std::string& text) {
    log_line(LogLevel::notice, fmt::format("vrrp {}: {}", router, text), {{"router", router}});
  };
  tracking_ = std::make_unique<Tracking>(loop_, instances, std::move(callbacks), tracking_.get(),
                                         [this](const vrrp::Config& router) { return holds(router); });
  if (auto started = tracking_->start(); !started) log_line(LogLevel::error, started.error().text);
}

/// As MASTER, or from a predecessor that kept its VIPs.
bool Roles::holds(const vrrp::Config& router) const {
  return masters_.contains(router.name) || vrrp::monotonic_now() < kept_until(router);
}

vrrp::Time Roles::kept_until(const vrrp::Config& router) const {
  const auto kept = options_.kept.find(router.name);
  if (kept == options_.kept.end()) return vrrp::Time{};
  return kept->second.sent_at + vrrp::lease_for(router.group.interval, {}, router.renewal_cost);
}

bool Roles::succeeds() const {
  if (vrrp::monotonic_now() < kept_until_) return true;
  return std::any_of(masters_.begin(), masters_.end(),
                     [this](const auto& name) { return options_.kept.contains(name); });
}

void Roles::take(const vrrp::RoleChange& change) {
  const vrrp::Notify& notify = change.notify;
  log_line(notify.to == vrrp::Role::fault ? LogLevel::warning : LogLevel::notice,
           fmt::format("vrrp {}: {} -> {} (priority {}): {}", change.router, text_of(notify.from), text_of(notify.to),
                       notify.priority, notify.reason),
           {{"router", change.router},
            {"role", std::string(text_of(notify.to))},
            {"previousRole", std::string(text_of(notify.from))},
            {"priority", std::to_string(notify.priority)},
            {"reason", notify.reason}});
  if (notify.to == vrrp::Role::master) {
    masters_.insert(change.router);
  } else {
    masters_.erase(change.router);
  }
  roles_told_[change.router] = notify.to;
  notifier_->notify(change);
  changed_(change);
}

void Roles::set_eligibility(bool eligible, const std::string& reason) {
  if (told_ == reason) return;
  plane_->set_eligibility(eligible, reason);
  told_ = reason;
}

vrrp::KeptRouters Roles::stop(bool keep) {
  tracking_.reset();
  return plane_->stop(keep);
}

void Roles::when_idle(std::function<void()> then) {
  notifier_->when_idle(std::move(then));
}

}  // namespace ballast
