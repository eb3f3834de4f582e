#include "controller/converge.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <optional>

#include "drivers/boot_clock.hpp"
#include "reconcilers/ownership.hpp"

namespace ballast {
namespace {

constexpr const char* record_name = "owned.json";
constexpr const char* drains_name = "drains.json";
/// Somebody else may change the same tables meanwhile, and dumps may skip entries then; more often than this it is no
/// accident.
constexpr int most_rounds = 3;

Result<void> save_ownership(const StateDir& directory, const Ownership& before, const Ownership& after) {
  if (before == after) return {};
  return directory.save(record_name, ownership_text(after));
}

/// A damaged record makes every drain begin anew.
Result<Drains> load_drains(const StateDir& directory) {
  auto text = directory.load(drains_name);
  if (!text) return text.error();
  if (!text->has_value()) return Drains{};
  auto drains = parse_drains(**text, boot_time());
  return drains ? *drains : Drains{};
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
Plan first_part(const Plan& plan) {
  Plan devices;
  std::copy_if(plan.links.begin(), plan.links.end(), std::back_inserter(devices.links),
               [](const auto& change) { return change.verb == Verb::add; });
  return devices.empty() ? plan : devices;
}

/// What is looked at again once the first plan is carried out: where it touches few services, those and everything that
/// is no service. On a director with thousands, reading them all again would cost far more than the change did.
class Verification {
 public:
  Verification(const State& wanted, const Plan& plan) : wanted_(wanted), services_(touched_services(plan)) {
    constexpr std::size_t few = 64;
    if (services_.size() <= few) part_ = narrowed(wanted, services_);
  }
  [[nodiscard]] const State& wanted() const { return part_ ? *part_ : wanted_; }
  Result<Observation> look(Kernel& kernel, const Ownership& owned) const {
    return part_ ? observe(kernel, *part_, owned, services_) : observe(kernel, wanted_, owned);
  }

 private:
  const State& wanted_;
  std::vector<ServiceKey> services_;
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

Result<Prospect> look_ahead(State wanted, const DrainRules& rules, Kernel& kernel, const StateDir& directory,
                            Extent extent) {
  auto owned = load_ownership(directory);
  if (!owned) return owned.error();
  if (extent == Extent::all_but_services) {
    const State part = narrowed(wanted, {});
    auto observed = observe(kernel, part, *owned, {});
    if (!observed) return observed.error();
    Plan plan = make_plan(part, *observed, *owned);
    return Prospect{std::move(*owned), std::move(*observed), std::move(wanted), {}, false, std::move(plan)};
  }
  auto observed = observe(kernel, wanted, *owned);
  if (!observed) return observed.error();
  Prospect prospect{std::move(*owned), std::move(*observed), std::move(wanted), {}, false, {}};
  if (!rules.empty()) {
    auto drains = load_drains(directory);
    if (!drains) return drains.error();
    prospect.drains = apply_drains(prospect.wanted, rules, prospect.observed, prospect.owned, *drains, boot_time());
    prospect.drains_changed = prospect.drains != *drains;
  }
  prospect.plan = make_plan(prospect.wanted, prospect.observed, prospect.owned);
  return prospect;
}

Result<Convergence> converge(State state, Kernel& kernel, const StateDir& directory, const DrainRules& rules,
                             Extent extent) {
  Stopwatch watch;
  auto prospect = look_ahead(std::move(state), rules, kernel, directory, extent);
  if (!prospect) return prospect.error();
  const State& wanted = prospect->wanted;
  const Ownership& owned = prospect->owned;
  Convergence result;
  result.before = std::move(prospect->observed);
  result.plan = std::move(prospect->plan);
  result.drains = std::move(prospect->drains);
  result.observed = watch.lap();

  if (prospect->drains_changed) {
    if (auto saved = directory.save(drains_name, drains_text(result.drains, boot_time())); !saved) return saved.error();
  }
  Ownership taken = take_ownership(owned, wanted, result.before);
  if (auto saved = save_ownership(directory, owned, taken); !saved) return saved.error();

  Plan plan = result.plan;
  const Verification verification(wanted, plan);
  const Observation* now = &result.before;
  Observation later;
  for (int round = 0; !plan.empty() && round < most_rounds; ++round) {
    ApplyReport report = apply(round == 0 ? first_part(plan) : plan, *now, kernel);
    result.applied += watch.lap();
    result.report.writes += report.writes;
    result.report.done += report.done;
    result.report.failures = std::move(report.failures);

    auto observed = verification.look(kernel, taken);
    if (!observed) {
      return Error{"changes were made, but could not be verified: " + observed.error().text, observed.error().errnum};
    }
    later = std::move(*observed);
    now = &later;
    if (round == 0) {
      const Ownership complete = take_ownership(taken, wanted, later);
      if (auto saved = save_ownership(directory, taken, complete); !saved) return saved.error();
      taken = complete;
    }
    plan = make_plan(verification.wanted(), later, taken);
    result.verified += watch.lap();
    if (!another_round_helps(result.report, plan)) break;
  }
  result.remaining = std::move(plan);
  if (extent != Extent::everything) return result;  // what was not looked at may still be there
  const Ownership kept = drop_ownership(taken, wanted, *now);
  if (auto saved = save_ownership(directory, taken, kept); !saved) return saved.error();
  return result;
}

}  // namespace ballast
