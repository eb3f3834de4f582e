#include "controller/converge.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <optional>

#include "drivers/boot_clock.hpp"
#include "drivers/thread_clock.hpp"
#include "reconcilers/ownership.hpp"

namespace ballast {
namespace {

constexpr const char* record_name = "owned.json";
constexpr const char* drains_name = "drains.json";
/// Somebody else may change the same tables meanwhile, and dumps may skip entries then; more often than this it is no
/// accident.
constexpr int most_rounds = 3;

/// A damaged record makes every drain begin anew.
Result<Drains> load_drains(const StateDir& directory) {
  auto text = directory.load(drains_name);
  if (!text) return text.error();
  if (!text->has_value()) return Drains{};
  auto drains = parse_drains(**text, boot_time());
  return drains ? *drains : Drains{};
}

/// `drains` are those of `looked_at`: those of other services go on.
void keep_others(const Drains& before, const std::vector<ServiceKey>& looked_at, Drains& drains) {
  for (const auto& [key, deadline] : before) {
    if (!std::binary_search(looked_at.begin(), looked_at.end(), key.service)) drains.emplace(key, deadline);
  }
}

class Stopwatch {
 public:
  Milliseconds lap() {
    const auto now = std::chrono::steady_clock::now();
    return now - std::exchange(start_, now);
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Whether looking again and trying again may bring the rest about.
bool another_round_helps(const ApplyReport& report, const Plan& remaining) {
  if (remaining.size() > report.failures.size()) return true;
  return std::any_of(report.failures.begin(), report.failures.end(), [](const Failure& failure) {
    return Error{"", failure.errnum}.retryable() || failure.errnum == EEXIST || failure.errnum == ESRCH;
  });
}

/// A device that appears brings its sysctls with it, whose former values have to be seen before they are changed: such
/// devices are a round of their own.
Plan new_devices(const Plan& plan) {
  Plan devices;
  std::copy_if(plan.links.begin(), plan.links.end(), std::back_inserter(devices.links),
               [](const auto& change) { return change.verb == Verb::add; });
  return devices;
}

Result<Observation> look_at(Kernel& kernel, const State& wanted, const Ownership& owned,
                            const std::optional<std::vector<ServiceKey>>& only) {
  return only ? observe(kernel, wanted, owned, *only) : observe(kernel, wanted, owned);
}

/// What is looked at again once the first plan is carried out: where it touches few services, those and everything that
/// is no service. On a director with thousands, reading them all again would cost far more than the change did.
class Verification {
 public:
  Verification(const State& wanted, const Plan& plan, const Manner& manner) : wanted_(wanted), only_(manner.only) {
    constexpr std::size_t few = 64;
    auto touched = touched_services(plan);
    if (touched.size() > few) return;
    only_ = std::move(touched);
    part_ = narrowed(wanted, *only_);
  }
  [[nodiscard]] const State& wanted() const { return part_ ? *part_ : wanted_; }
  [[nodiscard]] const std::optional<std::vector<ServiceKey>>& only() const { return only_; }
  Result<Observation> look(Kernel& kernel, const Ownership& owned) const {
    return look_at(kernel, wanted(), owned, only_);
  }

 private:
  const State& wanted_;
  std::optional<std::vector<ServiceKey>> only_;
  std::optional<State> part_;
};

}  // namespace

Result<Ownership> load_ownership(const StateDir& directory) {
  auto text = directory.load(record_name);
  if (!text) return text.error();
  if (!text->has_value()) return Ownership{};
  auto owned = parse_ownership(**text);
  if (owned) return owned;
  return Error{directory.path_of(record_name) + ": " + owned.error().text +
                   "; move it away to go on, then nothing that exists now counts as made by Ballast",
               0};
}

Result<void> save_ownership(const StateDir& directory, const Ownership& owned) {
  return directory.save(record_name, ownership_text(owned));
}

Result<Prospect> look_ahead(State wanted, const DrainRules& rules, Kernel& kernel, const StateDir& directory,
                            const Manner& manner) {
  auto owned = load_ownership(directory);
  if (!owned) return owned.error();
  auto observed = look_at(kernel, wanted, *owned, manner.only);
  if (!observed) return Error{observed.error().text + "; nothing was changed", observed.error().errnum};
  Prospect prospect{std::move(*owned), std::move(*observed), std::move(wanted), {}, false, {}};
  if (!rules.empty()) {
    auto drains = load_drains(directory);
    if (!drains) return drains.error();
    prospect.drains = apply_drains(prospect.wanted, rules, prospect.observed, prospect.owned, *drains, boot_time());
    if (manner.only) keep_others(*drains, *manner.only, prospect.drains);
    prospect.drains_changed = prospect.drains != *drains;
  }
  prospect.plan = make_plan(prospect.wanted, prospect.observed, prospect.owned);
  return prospect;
}

namespace {

/// The part of converge() between the first plan and the last look.
class Application {
 public:
  Application(Kernel& kernel, const StateDir& directory, const Manner& manner, Ownership owned)
      : kernel_(kernel), directory_(directory), manner_(manner), owned_(std::move(owned)) {}

  /// Carries out result.plan, which was made from result.before.
  Result<void> carry_out(Convergence& result, Stopwatch& watch) {
    if (auto saved = take(result.wanted, result.before); !saved) return saved;
    const Verification verification(result.wanted, result.plan, manner_);
    const Plan devices = new_devices(result.plan);
    const Plan* todo = devices.empty() ? &result.plan : &devices;
    Plan plan;  // of the rounds after the first
    for (int round = 0; !todo->empty() && round < most_rounds; ++round) {
      const Observation& now = result.after ? result.after->seen : result.before;
      ApplyReport report = apply(*todo, now, kernel_);
      result.applied += watch.lap();
      result.report.writes += report.writes;
      result.report.done += report.done;
      result.report.failures = std::move(report.failures);

      auto observed = verification.look(kernel_, owned_);
      if (!observed) {
        return Error{"changes were made, but could not be verified: " + observed.error().text, observed.error().errnum};
      }
      result.after = Afterwards{std::move(*observed), verification.only()};
      if (round == 0) {
        if (auto saved = take(result.wanted, result.after->seen); !saved) return saved;
      }
      plan = make_plan(verification.wanted(), result.after->seen, owned_);
      if (manner_.backoff != nullptr) manner_.backoff->hold_back(plan, boot_time());
      todo = &plan;
      result.verified += watch.lap();
      if (!another_round_helps(result.report, plan)) break;
    }
    result.remaining = std::move(plan);
    return drop(result);
  }

 private:
  Result<void> take(const State& wanted, const Observation& seen) {
    return replace(take_ownership(owned_, wanted, seen));
  }

  /// Services that were not looked at may still be there.
  Result<void> drop(const Convergence& result) {
    const Observation& now = result.after ? result.after->seen : result.before;
    Ownership kept = drop_ownership(owned_, result.wanted, now, manner_.only);
    // A service whose removal is held back is still there, but need not have been looked at again.
    for (const auto& change : result.held.services) {
      if (owned_.services.contains(change.key)) kept.services.insert(change.key);
    }
    return replace(std::move(kept));
  }

  Result<void> replace(Ownership owned) {
    if (owned == owned_) return {};
    if (auto saved = directory_.save(record_name, ownership_text(owned)); !saved) return saved;
    owned_ = std::move(owned);
    return {};
  }

  Kernel& kernel_;
  const StateDir& directory_;
  const Manner& manner_;
  Ownership owned_;  // as written down
};

}  // namespace

Result<Convergence> converge(State wanted, Kernel& kernel, const StateDir& directory, const DrainRules& rules,
                             const Manner& manner) {
  Stopwatch watch;
  const Milliseconds cpu = thread_cpu_time();
  auto prospect = look_ahead(std::move(wanted), rules, kernel, directory, manner);
  if (!prospect) return prospect.error();
  Convergence result;
  result.wanted = std::move(prospect->wanted);
  result.only = manner.only;
  result.before = std::move(prospect->observed);
  result.plan = std::move(prospect->plan);
  if (manner.backoff != nullptr) result.held = manner.backoff->hold_back(result.plan, boot_time());
  result.drains = std::move(prospect->drains);
  result.observed = watch.lap();
  result.look_cpu = thread_cpu_time() - cpu;

  if (prospect->drains_changed) {
    if (auto saved = directory.save(drains_name, drains_text(result.drains, boot_time())); !saved) return saved.error();
  }
  Application application(kernel, directory, manner, std::move(prospect->owned));
  if (auto done = application.carry_out(result, watch); !done) return done.error();
  return result;
}

}  // namespace ballast
