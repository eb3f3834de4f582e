// What is told to the service manager that has started us (systemd): one datagram for each message, as sd_notify(3)
// describes them. Not libsystemd: loading it and what it needs costs every command more than these lines are.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "drivers/descriptor.hpp"

namespace ballast {

class ServiceManager {
 public:
  /// As NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID say, which it takes out of the environment: checks and
  /// notification programs must not speak for us. To be called before there are other threads.
  static ServiceManager from_environment();

  /// Nobody listens.
  ServiceManager() = default;
  /// `path`: of a datagram socket; '@' in front means an abstract one.
  ServiceManager(std::string path, std::optional<std::chrono::microseconds> watchdog);

  [[nodiscard]] bool present() const { return socket_.valid(); }
  /// The silence after which we are taken for dead.
  [[nodiscard]] std::optional<std::chrono::microseconds> watchdog() const { return watchdog_; }

  /// "READY=1\nSTATUS=fine"; whether it was sent. Never blocks: one that does not fit into the queue is not sent.
  bool tell(std::string_view assignments) const;

 private:
  std::string path_;
  std::optional<std::chrono::microseconds> watchdog_;
  Descriptor socket_;
};

}  // namespace ballast
