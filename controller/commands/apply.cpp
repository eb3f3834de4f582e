// `ballast apply`: carries out the plan that diff shows, looks again, and says whether the kernel now is as wanted.
#include <fmt/format.h>

#include "controller/commands/commands.hpp"
#include "controller/commands/common.hpp"
#include "controller/commands/confirm_wait.hpp"
#include "controller/commands/diff.hpp"
#include "controller/commands/hand_over.hpp"
#include "controller/commands/progress.hpp"
#include "controller/report/plan_text.hpp"
#include "controller/rollback.hpp"
#include "drivers/boot_clock.hpp"

namespace ballast {
namespace {

int fail(const std::string& text) {
  print_error("apply", text);
  return exit_error;
}

int dry_run(const ApplyOptions& options) {
  const int code = show_plan("apply", options.node);
  if (code == exit_error) return code;
  if (!options.node.json && !print("dry run: nothing was changed\n")) return exit_error;
  return exit_ok;
}

class Apply {
 public:
  Apply(const ApplyOptions& options, NodeState node, Kernel& kernel)
      : options_(options), node_(std::move(node)), kernel_(kernel), directory_(options.node.state_dir) {}

  int run() {
    const auto lock = directory_.lock(options_.lock_timeout, [&](long pid) {
      print_error("apply", fmt::format("another ballast process (pid {}) is changing this node; waiting up to {} s",
                                       pid, options_.lock_timeout.count() / 1000));
    });
    if (!lock) return fail(lock.error().text);
    if (!undo_killed_one()) return exit_error;
    if (options_.confirm) return apply_and_wait(*options_.confirm);
    const auto owned = load_ownership(directory_);
    if (!owned) return fail(owned.error().text);
    const auto result = converge(node_.wanted, kernel_, directory_, node_.drains);
    if (!result) return fail(result.error().text);
    const bool printed = show(*result, *owned);
    return printed && result->converged() ? exit_ok : exit_error;
  }

 private:
  bool undo_killed_one() {
    const auto undone = undo_unconfirmed(kernel_, directory_);
    if (!undone) return fail(undone.error().text) == exit_ok;
    if (!undone->has_value()) return true;
    print_error("apply", "an `apply --confirm` before this one was killed and not confirmed: rolled back first");
    for (const std::string& trouble : troubles(**undone)) print_error("apply", trouble);
    return true;
  }

  bool show(const Convergence& result, const Ownership& owned) const {
    const bool printed = print(options_.node.json ? apply_json(node_, result, owned)
                                                  : apply_text(node_, result, owned, Palette::of(stdout)));
    for (const std::string& trouble : troubles(result)) print_error("apply", trouble);
    return printed;
  }

  int apply_and_wait(std::chrono::milliseconds time) {
    auto wait = ConfirmWait::open(options_.node.state_dir);
    if (!wait) return fail(wait.error().text);
    const auto prospect = look_ahead(node_.wanted, node_.drains, kernel_, directory_);
    if (!prospect) return fail(prospect.error().text);
    Rollback rollback = make_rollback(*prospect, boot_time() + time);
    if (auto saved = save_rollback(directory_, rollback); !saved) return fail(saved.error().text);
    const auto result = converge(node_.wanted, kernel_, directory_, node_.drains);
    if (!result) {
      print_error("apply", result.error().text);
      return undo(rollback, "it was begun");
    }
    const bool printed = show(*result, prospect->owned);
    if (result->plan.empty() && result->converged()) {
      if (auto forgotten = forget_rollback(directory_); !forgotten) return fail(forgotten.error().text);
      fmt::print(stderr, "nothing was changed, so there is nothing to confirm\n");
      return printed ? exit_ok : exit_error;
    }
    if (!result->converged()) return undo(rollback, "not everything came to be as the manifest wants it");
    rollback.deadline = boot_time() + time;
    if (auto saved = save_rollback(directory_, rollback); !saved) return undo(rollback, saved.error().text);
    fmt::print(stderr, "waiting {:g} s for `ballast confirm` from another terminal; Ctrl-C rolls back at once\n",
               static_cast<double>(time.count()) / 1000);
    switch (wait->wait(rollback.deadline)) {
      case ConfirmVerdict::confirmed:
        if (auto forgotten = forget_rollback(directory_); !forgotten) return fail(forgotten.error().text);
        fmt::print(stderr, "confirmed\n");
        return printed ? exit_ok : exit_error;
      case ConfirmVerdict::expired:
        return undo(rollback, "nobody has confirmed it");
      case ConfirmVerdict::interrupted:
        break;
    }
    return undo(rollback, "it was interrupted");
  }

  int undo(const Rollback& rollback, const std::string& why) {
    const auto result = roll_back(rollback, kernel_, directory_);
    if (!result) return fail(fmt::format("{}, and rolling back failed: {}", why, result.error().text));
    fmt::print(stderr, "{}", plan_text(result->plan, result->before, Palette::of(stderr)));
    for (const std::string& trouble : troubles(*result)) print_error("apply", trouble);
    return fail(result->converged() ? why + ": rolled back" : why + ": rolled back, but not everything could be");
  }

  const ApplyOptions& options_;
  NodeState node_;
  Kernel& kernel_;
  StateDir directory_;
};

}  // namespace

int run_apply(const ApplyOptions& options) {
  if (options.guard && !options.confirm) return fail("--guard needs --confirm, which it makes shorter");
  if (options.dry_run) return dry_run(options);
  if (const auto status = hand_over("apply", options, false)) return *status;
  if (options.guard) return fail("--guard needs the controller, which knows of members' health; start `ballast run`");
  RealKernel real;
  Kernel direct = real.kernel();
  auto node = load_node_state("apply", options.node, direct);
  if (!node) return exit_error;
  ProgressLine line;
  ProgressIpvs ipvs(
      direct.ipvs, [&line](std::string_view text) { line.say(text); }, [&line] { line.clear(); });
  Kernel kernel{ipvs, direct.network, direct.sysctls, direct.packet_filter};
  return Apply(options, std::move(*node), kernel).run();
}

}  // namespace ballast
