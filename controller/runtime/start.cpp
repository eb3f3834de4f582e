#include "controller/runtime/start.hpp"

#include <fmt/format.h>

#include "controller/report/log.hpp"
#include "controller/rollback.hpp"
#include "controller/runtime/api.hpp"
#include "controller/runtime/handover.hpp"
#include "drivers/real_kernel.hpp"

namespace ballast {
namespace {

constexpr std::chrono::seconds lock_wait{5};

}  // namespace

Result<void> make_state_directory(StateDir& directory) {
  auto lock = directory.lock(lock_wait, [](long) {});
  if (!lock) return lock.error();
  RealKernel real;
  Kernel kernel = real.kernel();
  const auto undone = undo_unconfirmed(kernel, directory);
  if (!undone) return undone.error();
  if (undone->has_value()) {
    log_line(LogLevel::warning, "an `apply --confirm` was killed and not confirmed: what it changed is rolled back");
  }
  return {};
}

Result<void> listen(http::Server& server, const StateDir& directory, const RunOptions& options) {
  if (auto listening = server.listen(directory.path_of("ballast.sock")); !listening) return listening.error();
  return listen_for_anyone(server, options.listen);
}

vrrp::PlaneOptions plane_options(const RunOptions& run, const StateDir& directory, bool maintenance) {
  vrrp::PlaneOptions options;
  options.state_dir = run.node.state_dir;
  options.realtime_priority = run.realtime_priority;
  options.lock_memory = run.lock_memory;
  options.maintenance = maintenance;
  options.kept = Handover(directory).take();
  return options;
}

std::string why_not_by_hand(const RunOptions& options, bool suspended) {
  if (suspended) return "suspended: nothing is applied until `ballast resume`";
  if (!options.source.git) return {};
  return fmt::format("the controller that runs here follows {}: commit there what shall be in force",
                     text_of(*options.source.git));
}

}  // namespace ballast
