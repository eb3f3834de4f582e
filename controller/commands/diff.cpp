// `ballast diff`: prints the plan against the live kernel and changes nothing.
#include "controller/commands/commands.hpp"
#include "controller/commands/common.hpp"
#include "controller/commands/hand_over.hpp"

namespace ballast {

int run_diff(const NodeOptions& options) {
  ApplyOptions preview;
  preview.node = options;
  if (const auto status = hand_over("diff", preview, true)) return *status;
  RealKernel real;
  Kernel kernel = real.kernel();
  const auto node = load_node_state("diff", options, kernel);
  if (!node) return exit_error;
  const auto prospect = look_ahead(node->wanted, node->drains, kernel, StateDir(options.state_dir));
  if (!prospect) {
    print_error("diff", prospect.error().text);
    return exit_error;
  }
  const std::string text =
      options.json ? diff_json(node->node, *prospect) : diff_text(*node, *prospect, Palette::of(stdout));
  if (!print(text)) return exit_error;
  return prospect->plan.empty() ? exit_ok : exit_changes;
}

}  // namespace ballast
