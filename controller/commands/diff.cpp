// Prints the plan against the live kernel and changes nothing.
#include "controller/commands/diff.hpp"

#include "controller/commands/commands.hpp"
#include "controller/commands/common.hpp"
#include "controller/commands/hand_over.hpp"

namespace ballast {

int show_plan(std::string_view command, const NodeOptions& options) {
  ApplyOptions preview;
  preview.node = options;
  if (const auto status = hand_over(command, preview, true)) return *status;
  RealKernel real;
  Kernel kernel = real.kernel();
  const auto node = load_node_state(command, options, kernel);
  if (!node) return exit_error;
  const auto prospect = look_ahead(node->wanted, node->drains, kernel, StateDir(options.state_dir));
  if (!prospect) {
    print_error(command, prospect.error().text);
    return exit_error;
  }
  const std::string text =
      options.json ? diff_json(*node, *prospect) : diff_text(*node, *prospect, Palette::of(stdout));
  if (!print(text)) return exit_error;
  return prospect->plan.empty() ? exit_ok : exit_changes;
}

int run_diff(const NodeOptions& options) {
  return show_plan("diff", options);
}

}  // namespace ballast
