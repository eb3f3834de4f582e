// The VRRP plane: one thread with its own loop and sockets, which waits for nothing but them. It runs the machines of
// all virtual routers, holds their VIPs, and exchanges values with the rest of the process: roles one way, eligibility
// and priorities the other.
//
// The public functions may be called from any other thread; they hand a task to the plane and, where they return
// something, wait for its answer. The callbacks are called on the plane's thread and must only pass on what they get.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controller/vrrp/events.hpp"
#include "controller/vrrp/instances.hpp"
#include "model/result.hpp"

namespace ballast::vrrp {

struct RoleChange {
  std::string router;
  Notify notify;
};

struct RouterStatus {
  std::string name;
  std::string interface;
  std::uint8_t virtual_router_id = 0;
  std::uint8_t protocol_version = 3;
  std::uint8_t base_priority = 100;
  std::vector<std::string> addresses;  ///< "192.0.2.1/24 on eth0"
  Duration in_role{};                  ///< how long
  std::string send_trouble;            ///< of a MASTER: why its last advertisement did not go out, or not to all peers
  Status status;
};

struct PlaneCallbacks {
  std::function<void(RoleChange)> role_changed;
  std::function<void(std::string router, Log log)> log;
};

/// By name, of those that were MASTER.
using KeptRouters = std::map<std::string, Kept, std::less<>>;

struct PlaneOptions {
  std::string state_dir;      ///< where it is written down what virtual MACs have changed
  int realtime_priority = 0;  ///< SCHED_FIFO 1-99 for the plane's thread; 0: normal scheduling
  bool lock_memory = false;   ///< mlockall(2)
  bool maintenance = false;   ///< start in maintenance
  KeptRouters kept;           ///< what the predecessor has left
};

class Plane {
 public:
  Plane(std::vector<Instance> instances, PlaneOptions options, PlaneCallbacks callbacks);
  /// stop(), releasing.
  ~Plane();
  Plane(const Plane&) = delete;
  Plane& operator=(const Plane&) = delete;

  /// Opens what the plane needs of the kernel and starts the thread. Errors: sockets, scheduling or memory locking that
  /// is not permitted.
  Result<void> start();
  /// Releases what is held (priority 0), or with `keep` leaves it, and ends the thread. Returns what is left to a
  /// successor.
  KeptRouters stop(bool keep);

  /// A new manifest: routers that stay keep their roles, those that are gone release theirs, new ones start. A router
  /// whose group or interface is another one is gone and new. Priorities are told anew after it.
  void replace(std::vector<Instance> instances);

  void set_eligibility(bool eligible, std::string reason);
  void set_maintenance(bool on);
  void set_priority(const std::string& router, PriorityChanged change);
  /// ENOENT: no such router here; EBUSY: it is not MASTER.
  Result<void> failover(const std::string& router);
  [[nodiscard]] std::vector<RouterStatus> status();
  /// Calls `answered` on the plane's thread, at its next turn: never, where it hangs or has ended.
  void check_in(std::function<void()> answered);

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

/// CLOCK_MONOTONIC, the clock of every Time that the plane sees.
Time monotonic_now();

}  // namespace ballast::vrrp
