// What the service manager (systemd) and /healthz hear of this process: ready, reloading, stopping, a line of status,
// and that it is alive, which is only said while every thread makes progress.
// Threads: the loop's only.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "controller/runtime/vitals.hpp"
#include "drivers/service_manager.hpp"

namespace boost::asio {
class io_context;
}

namespace ballast {

struct SupervisionCallbacks {
  std::function<Vitals()> vitals;  ///< but for vrrp_asked_at
  /// Asks the VRRP thread, which calls the argument; from its thread.
  std::function<void(std::function<void()>)> ask_vrrp;
  std::function<std::string()> status;  ///< one line
};

class Supervision {
 public:
  Supervision(boost::asio::io_context& loop, ServiceManager manager, SupervisionCallbacks callbacks);
  ~Supervision();
  Supervision(const Supervision&) = delete;
  Supervision& operator=(const Supervision&) = delete;

  /// Begins to look at the threads and to feed the watchdog.
  void start();
  /// The first look at everything is over; once is enough.
  void ready();
  /// A manifest is read because somebody asked for it; ready again with reloaded().
  void reloading();
  void reloaded();
  /// Also ends start().
  void stopping();

  /// What does not go on; empty: all does.
  [[nodiscard]] std::string ailment() const;

 private:
  class Pulse;
  std::shared_ptr<Pulse> pulse_;
};

}  // namespace ballast
