// `ballast apply`: carries out the plan that diff shows, looks again, and says whether the kernel now is as wanted.
#include <fmt/format.h>

#include "controller/commands/commands.hpp"
#include "controller/commands/common.hpp"
#include "controller/report/plan_text.hpp"

namespace ballast {
namespace {

std::string failures_json(const std::vector<Failure>& failures) {
  std::string items;
  for (const Failure& failure : failures) {
    if (!items.empty()) items += ",\n";
    items += fmt::format(R"(    {{"kind": {}, "object": {}, "errno": {}, "text": {}}})", quoted(text_of(failure.kind)),
                         quoted(failure.object), failure.errnum, quoted(failure.text));
  }
  return items.empty() ? "[]" : "[\n" + items + "\n  ]";
}

std::string result_json(const std::string& node, const Convergence& result) {
  return fmt::format(
      "{{\n  \"node\": {},\n{},\n  \"writes\": {},\n  \"failures\": {},\n  \"remaining\": {},\n  \"converged\": {},\n"
      "  \"milliseconds\": {{\"observe\": {:.3f}, \"apply\": {:.3f}, \"verify\": {:.3f}}}\n}}\n",
      quoted(node), plan_json(result.plan, result.before), result.report.writes, failures_json(result.report.failures),
      result.remaining.size(), result.converged(), result.observed.count(), result.applied.count(),
      result.verified.count());
}

std::string result_text(const NodeState& node, const Convergence& result, const Palette& palette) {
  std::string text = plan_text(result.plan, result.before, palette);
  text += notes_text(node) + drains_note(result.drains);
  if (!text.empty()) text += '\n';
  if (result.plan.empty()) {
    return text + fmt::format("node {}: nothing to do, the kernel has all that the manifest wants ({})\n", node.node,
                              state_counts(node.wanted));
  }
  return text + fmt::format("node {}: {} in {} kernel writes, {:.1f} ms\n", node.node, plan_counts(result.plan),
                            result.report.writes, result.applied.count());
}

/// What went wrong, to stderr: it is why the exit code is 2.
void print_troubles(const Convergence& result) {
  for (const Failure& failure : result.report.failures) print_error("apply", failure.text);
  if (!result.remaining.empty() && result.report.failures.empty()) {
    print_error("apply", fmt::format("after the last look the kernel still differs ({}); somebody else is changing it",
                                     plan_counts(result.remaining)));
    fmt::print(stderr, "{}", plan_text(result.remaining, result.before, Palette::of(stderr)));
  }
}

int dry_run(const ApplyOptions& options) {
  const int code = run_diff(options.node);
  if (code == exit_error) return code;
  if (!options.node.json && !print("dry run: nothing was changed\n")) return exit_error;
  return exit_ok;
}

}  // namespace

int run_apply(const ApplyOptions& options) {
  if (options.dry_run) return dry_run(options);
  RealKernel real;
  Kernel kernel = real.kernel();
  const auto node = load_node_state("apply", options.node, kernel);
  if (!node) return exit_error;

  StateDir directory(options.node.state_dir);
  const auto lock = directory.lock(options.lock_timeout, [&](long pid) {
    print_error("apply", fmt::format("another ballast process (pid {}) is changing this node; waiting up to {} s", pid,
                                     options.lock_timeout.count() / 1000));
  });
  if (!lock) {
    print_error("apply", lock.error().text);
    return exit_error;
  }
  const auto result = converge(node->wanted, kernel, directory, node->drains);
  if (!result) {
    print_error("apply", result.error().text);
    return exit_error;
  }
  const bool printed =
      print(options.node.json ? result_json(node->node, *result) : result_text(*node, *result, Palette::of(stdout)));
  print_troubles(*result);
  return printed && result->converged() ? exit_ok : exit_error;
}

}  // namespace ballast
