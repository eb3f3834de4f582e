#include "controller/keeper.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "drivers/boot_clock.hpp"
#include "drivers/thread_clock.hpp"
#include "reconcilers/changed.hpp"

namespace ballast {
namespace {

/// Reading so many one by one costs little, whatever the size of the table.
constexpr std::size_t few = 64;

std::vector<ServiceKey> drained_services(const Drains& drains) {
  std::vector<ServiceKey> services;
  for (const auto& [key, deadline] : drains) {
    if (services.empty() || services.back() != key.service) services.push_back(key.service);
  }
  return services;
}

}  // namespace

Keeper::Keeper(Kernel kernel, const StateDir& directory, Backoff::Random random)
    : kernel_(kernel), directory_(directory), backoff_(std::move(random)) {}

std::optional<std::vector<ServiceKey>> Keeper::services_to_see(const State& wanted, const DrainRules& rules) const {
  if (!settled_) return std::nullopt;
  auto services = united(changed_services(*last_, wanted), changed_services(last_rules_, rules));
  services = united(services, united(loose_, backoff_.unsettled_services()));
  if (services.size() > few && services.size() * 2 > wanted.services.size()) return std::nullopt;
  return services;
}

Result<Convergence> Keeper::look(State wanted, const DrainRules& rules, Extent extent, const Witness& witness) {
  Manner manner;
  manner.backoff = &backoff_;
  if (extent == Extent::changes) manner.only = services_to_see(wanted, rules);
  // Before the table is read: what happens afterwards is found.
  const auto counted = count();
  auto result =
      converge(manner.only ? narrowed(wanted, *manner.only) : std::move(wanted), kernel_, directory_, rules, manner);
  settled_ = result.has_value();
  if (!result) return result;
  count_repairs(*result);
  backoff_.learn(result->plan, result->held, result->report, last_ ? &*last_ : nullptr, boot_time());
  const State& now = manner.only ? wanted : result->wanted;
  if (witness && !result->plan.empty()) witness(last_ ? &*last_ : nullptr, now, *result);
  loose_ = united(drained_services(result->drains), touched_services(result->remaining));
  last_ = manner.only ? std::move(wanted) : std::move(result->wanted);
  last_rules_ = rules;
  count_ = result->report.writes == 0 ? counted : count();
  return result;
}

/// What had failed before and succeeds now was not there to be changed, and what failed now is not put back.
void Keeper::count_repairs(const Convergence& result) {
  if (!last_ || result.plan.empty()) return;
  std::set<std::pair<Kind, std::string>> failed;
  for (const Failure& failure : result.report.failures) failed.emplace(failure.kind, failure.object);
  for (const Trouble& trouble : troubles()) {
    if (trouble.failed) failed.emplace(trouble.kind, trouble.object);
  }
  for_each_kind([&](Kind kind, auto changes, auto wanted) {
    for (const auto& change : result.plan.*changes) {
      if (!is_repair(change, (*last_).*wanted)) continue;
      if (failed.empty() || !failed.contains({kind, object_text(change.key)})) {
        ++repaired_.at(static_cast<std::size_t>(kind));
      }
    }
  });
}

Result<Convergence> Keeper::only_look(State wanted, const DrainRules& rules) {
  count_ = count();
  const Milliseconds cpu = thread_cpu_time();
  auto prospect = look_ahead(std::move(wanted), rules, kernel_, directory_);
  if (!prospect) return prospect.error();
  Convergence result;
  result.before = std::move(prospect->observed);
  result.plan = std::move(prospect->plan);
  result.drains = std::move(prospect->drains);
  result.look_cpu = thread_cpu_time() - cpu;
  return result;
}

std::optional<std::size_t> Keeper::count() {
  if (!kernel_.ipvs.present()) return std::nullopt;
  const auto counted = kernel_.ipvs.count_ipv4_services();
  if (!counted) return std::nullopt;
  return *counted;
}

bool Keeper::tripped() {
  if (!settled_ || last_->services.empty()) return false;
  return count() != count_ || misses_uncounted();
}

/// Asks for one of the IPv6 services at each call, in turn: of those the kernel keeps no count.
bool Keeper::misses_uncounted() {
  const auto& services = last_->services;
  auto next = services.upper_bound(asked_);
  if (next == services.end() || next->first.family() == Family::ipv4) {
    next = services.lower_bound(ServiceKey::of_fwmark(Family::ipv6, 0));
  }
  if (next == services.end()) return false;
  asked_ = next->first;
  const auto unsettled = united(loose_, backoff_.unsettled_services());
  if (std::binary_search(unsettled.begin(), unsettled.end(), asked_)) return false;
  const auto there = kernel_.ipvs.has(asked_);
  return !there || !*there;
}

std::vector<Trouble> Keeper::troubles() const {
  return backoff_.troubles(boot_time());
}

std::optional<Backoff::Time> Keeper::next_try() const {
  return backoff_.next_try(boot_time());
}

}  // namespace ballast
