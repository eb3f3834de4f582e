// `apply --confirm` without a controller: waits in the foreground until somebody confirms, the time is over, or a
// signal says that the operator is gone. Signals are held back from open() on, so that what was begun is finished or
// undone.
#pragma once

#include <memory>
#include <string>

#include "controller/http/unix_listener.hpp"
#include "drivers/descriptor.hpp"
#include "reconcilers/drain.hpp"

namespace ballast {

enum class ConfirmVerdict { confirmed, expired, interrupted };

class ConfirmWait {
 public:
  /// Listens in the state directory for `ballast confirm`. Once in a process.
  static Result<ConfirmWait> open(const std::string& state_dir);

  /// Until `deadline` of the boot clock. Whoever confirms is told so before this returns.
  ConfirmVerdict wait(BootTime deadline);

 private:
  ConfirmWait(http::UnixListener listener, Descriptor signals)
      : listener_(std::move(listener)), signals_(std::move(signals)) {}
  bool take_confirmation();

  http::UnixListener listener_;
  Descriptor signals_;
};

/// What `ballast confirm` finds.
enum class ConfirmReply { nobody, confirmed, too_late };
ConfirmReply send_confirmation(const std::string& state_dir);

}  // namespace ballast
