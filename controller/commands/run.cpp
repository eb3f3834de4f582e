// `ballast run`: stays on the machine; VRRP decides which node holds the VIPs.
#include "controller/commands/commands.hpp"
#include "controller/commands/common.hpp"
#include "controller/runtime/runner.hpp"

namespace ballast {

int run_run(const RunOptions& options) {
  ReadOutcome outcome = load_manifest(options.node.paths);
  if (!outcome.diagnostics.empty()) {
    print_diagnostics(outcome.diagnostics);
    print_error("run", "the manifest is not valid; nothing was started");
    return exit_error;
  }
  auto node = find_node(outcome.manifest, options.node);
  if (!node) {
    print_error("run", node.error().text);
    return exit_error;
  }
  Runner runner(options, std::move(outcome.manifest), std::move(*node));
  const auto done = runner.run();
  if (done) return exit_ok;
  print_error("run", done.error().text);
  return exit_error;
}

}  // namespace ballast
