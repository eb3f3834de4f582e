#include "controller/runtime/notifier.hpp"

#include <algorithm>
#include <utility>

#include "drivers/script.hpp"

namespace ballast {
namespace {

constexpr std::chrono::seconds longest_notification{60};
/// Of changes that wait for a slow program, the oldest are dropped: the newest roles matter.
constexpr std::size_t most_waiting = 16;

}  // namespace

Notifier::Notifier(boost::asio::io_context& loop, const std::vector<vrrp::Instance>& instances,
                   std::function<void(const std::string&, const std::string&)> log)
    : loop_(loop), log_(std::move(log)) {
  replace(instances);
}

void Notifier::replace(const std::vector<vrrp::Instance>& instances) {
  for (const vrrp::Instance& instance : instances) {
    if (!instance.notify) {
      const auto found = routers_.find(instance.config.name);
      if (found != routers_.end()) found->second.command.argv.clear();
      continue;
    }
    Router& router = routers_[instance.config.name];
    router.command = *instance.notify;
    router.addresses.clear();
    for (const Vip& vip : instance.vips) {
      if (!router.addresses.empty()) router.addresses += ' ';
      router.addresses += vip.key.prefix.text();
    }
  }
}

void Notifier::notify(const vrrp::RoleChange& change) {
  const auto found = routers_.find(change.router);
  if (found == routers_.end() || found->second.command.argv.empty()) return;
  auto& waiting = found->second.waiting;
  waiting.push_back(change.notify);
  if (waiting.size() > most_waiting) waiting.pop_front();
  if (!found->second.running) run_next(change.router);
}

void Notifier::run_next(const std::string& name) {
  Router& router = routers_.at(name);
  if (router.waiting.empty()) return;
  const vrrp::Notify change = std::move(router.waiting.front());
  router.waiting.pop_front();
  router.running = true;
  const std::string role(text_of(change.to));
  ScriptOptions options;
  options.argv = router.command.argv;
  options.argv.push_back(role);
  options.environment = {{"BALLAST_ROUTER", name},
                         {"BALLAST_ROLE", role},
                         {"BALLAST_PREVIOUS_ROLE", std::string(text_of(change.from))},
                         {"BALLAST_PRIORITY", std::to_string(change.priority)},
                         {"BALLAST_ADDRESSES", router.addresses},
                         {"BALLAST_REASON", change.reason}};
  options.user = router.command.user;
  options.timeout = longest_notification;
  run_script(loop_, std::move(options), [this, name, role](const ScriptOutcome& outcome) {
    if (!outcome.passed) log_(name, "notification of " + role + " failed: " + outcome.text);
    routers_.at(name).running = false;
    run_next(name);
    if (when_idle_ && idle()) std::exchange(when_idle_, nullptr)();
  });
}

void Notifier::when_idle(std::function<void()> then) {
  if (idle()) return then();
  when_idle_ = std::move(then);
}

bool Notifier::idle() const {
  return std::none_of(routers_.begin(), routers_.end(),
                      [](const auto& item) { return item.second.running || !item.second.waiting.empty(); });
}

}  // namespace ballast
