// `ballast diff`: prints the plan against the live kernel and changes nothing.
#include <fmt/format.h>

#include "controller/commands/commands.hpp"
#include "controller/commands/common.hpp"
#include "controller/report/plan_text.hpp"

namespace ballast {

int run_diff(const NodeOptions& options) {
  RealKernel real;
  Kernel kernel = real.kernel();
  const auto node = load_node_state("diff", options, kernel);
  if (!node) return exit_error;
  const auto prospect = look_ahead(node->wanted, node->drains, kernel, StateDir(options.state_dir));
  if (!prospect) {
    print_error("diff", prospect.error().text);
    return exit_error;
  }
  const Plan& plan = prospect->plan;

  std::string text;
  if (options.json) {
    text = fmt::format("{{\n  \"node\": {},\n{}\n}}\n", quoted(node->node), plan_json(plan, prospect->observed));
  } else {
    text = plan_text(plan, prospect->observed, Palette::of(stdout));
    text += notes_text(*node) + drains_note(prospect->drains);
    if (!text.empty()) text += '\n';
    text += plan.empty() ? fmt::format("node {}: nothing to do, the kernel has all that the manifest wants ({})\n",
                                       node->node, state_counts(node->wanted))
                         : fmt::format("node {}: {}\n", node->node, plan_counts(plan));
  }
  if (!print(text)) return exit_error;
  return plan.empty() ? exit_ok : exit_changes;
}

}  // namespace ballast
