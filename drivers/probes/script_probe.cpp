// Script: an operator's program says whether the server is well.
#include "drivers/probes/attempt.hpp"
#include "drivers/script.hpp"

namespace ballast::probes {
namespace {

/// Exit statuses from here on are a weight and this (keepalived's misc_dynamic).
constexpr int first_weight_status = 2;

class ScriptAttempt final : public Attempt {
 public:
  ScriptAttempt(Host& host, const ProbeTarget& target, const MemberScriptCheck& check)
      : Attempt(host, target), check_(check) {}
  ~ScriptAttempt() override { script_.cancel(); }

  void begin() override {
    ScriptOptions options;
    options.argv = check_.argv();
    options.environment = {{"BALLAST_ADDRESS", target().address.text()},
                           {"BALLAST_PORT", std::to_string(target().port)}};
    options.user = check_.user ? check_.user->value : "";
    options.timeout = check_.timeout.value;
    script_ =
        run_script(host().loop(), std::move(options), [this](ScriptOutcome outcome) { judge(std::move(outcome)); });
  }

  void ready(std::uint32_t /*events*/) override {}

  /// The runner has the same deadline, ends the program and says so.
  void expire(std::chrono::milliseconds /*timeout*/) override {}

 private:
  void judge(ScriptOutcome outcome) {
    ProbeOutcome result{outcome.passed, std::move(outcome.text), std::nullopt, outcome.not_started};
    if (check_.dynamic_weight.value && outcome.exit_code >= first_weight_status) {
      result.passed = true;
      result.weight = static_cast<std::uint32_t>(*outcome.exit_code - first_weight_status);
    }
    finish(std::move(result));
  }

  const MemberScriptCheck& check_;
  RunningScript script_;
};

}  // namespace

std::unique_ptr<Attempt> make_script(Host& host, const ProbeTarget& target, const MemberScriptCheck& check) {
  return std::make_unique<ScriptAttempt>(host, target, check);
}

}  // namespace ballast::probes
