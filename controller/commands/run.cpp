// `ballast run`: stays on the machine; VRRP decides which node holds the VIPs.
#include "controller/commands/commands.hpp"
#include "controller/commands/common.hpp"
#include "controller/runtime/runner.hpp"
#include "drivers/first_process.hpp"

namespace ballast {

int run_run(const RunOptions& options) {
  set_up_log(options.log_format, options.log_level);
  const SourceOptions& source = options.source;
  if (source.paths.empty() && !source.git) {
    print_error("run", "where are the manifests? give -f PATH or --git URL");
    return exit_error;
  }
  if (source.git) {
    if (auto good = check(*source.git); !good) {
      print_error("run", good.error().text);
      return exit_error;
    }
  }
  if (const auto ended = be_first_process()) return *ended;
  Runner runner(options);
  const auto done = runner.run();
  if (done) return exit_ok;
  print_error("run", done.error().text);
  return exit_error;
}

}  // namespace ballast
