// The thread that makes the kernel what is wanted: a big change must keep neither probes nor the API waiting.
//
// Level-triggered: an order says what to make the kernel from, the newest one replaces what was not begun, and each
// look observes all anew. Nothing else of the process touches the kernel's tables but the VRRP plane, which holds the
// VIPs.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "controller/converge.hpp"
#include "controller/source/snapshot.hpp"
#include "drivers/real_kernel.hpp"
#include "model/render.hpp"

namespace ballast {

/// What the kernel is to be made from.
struct Order {
  std::shared_ptr<const Snapshot> snapshot;  ///< valid
  std::string node;
  Conditions conditions;   ///< but for local_addresses, which the worker looks up
  bool only_look = false;  ///< observe and change nothing
  Extent extent = Extent::everything;
};

/// What came of a look.
struct Look {
  std::shared_ptr<const Snapshot> snapshot;
  bool only_looked = false;
  Extent extent = Extent::everything;
  std::string error;                          ///< not empty: nothing is known of the kernel's state
  std::shared_ptr<const Convergence> result;  ///< null with an error

  /// Why this node cannot serve: its IPVS cannot be programmed or looked at. A sysctl that cannot be set is no reason.
  [[nodiscard]] std::string trouble() const;
};

class Worker {
 public:
  /// `done` is called on the worker's thread and must only pass on what it gets.
  Worker(std::string state_dir, std::function<void(Look)> done);
  /// Ends after the look that was begun.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void order(Order order);
  /// Something else that takes long, such as reading a manifest; done before the next look.
  void run_job(std::function<void()> job);

 private:
  void run();
  Look carry_out(Order& order);
  Result<Convergence> converge_once(Order& order);

  StateDir directory_;
  std::function<void(Look)> done_;
  RealKernel real_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<Order> next_;                // guarded by mutex_
  std::vector<std::function<void()>> jobs_;  // guarded by mutex_
  bool ending_ = false;                      // guarded by mutex_
  std::thread thread_;                       // the last member: it uses the others
};

}  // namespace ballast
