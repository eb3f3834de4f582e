// `ballast run`: stays on the machine; VRRP decides which node holds the VIPs.
#include "controller/commands/commands.hpp"
#include "controller/commands/common.hpp"
#include "controller/runtime/runner.hpp"

namespace ballast {

int run_run(const RunOptions& options) {
  set_up_log(options.log_format, options.log_level);
  const std::shared_ptr<const Snapshot> snapshot = read_snapshot(options.node.paths);
  if (!snapshot->diagnostics.empty()) {
    print_diagnostics(snapshot->diagnostics);
    print_error("run", "the manifest is not valid; nothing was started");
    return exit_error;
  }
  auto node = find_node(snapshot->manifest, options.node);
  if (!node) {
    print_error("run", node.error().text);
    return exit_error;
  }
  Runner runner(options, snapshot, std::move(*node));
  const auto done = runner.run();
  if (done) return exit_ok;
  print_error("run", done.error().text);
  return exit_error;
}

}  // namespace ballast
