// The thread that makes the kernel what is wanted: a big change must keep neither probes nor the API waiting.
//
// Level-triggered: an order says what to make the kernel from, and the newest one replaces what was not begun. What is
// remembered between two looks only narrows what is read (controller/keeper.hpp). While there is nothing to do, the
// tripwire is looked at each second. Nothing else of the process touches the kernel's tables but the VRRP plane, which
// holds the VIPs.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "controller/keeper.hpp"
#include "controller/runtime/causes.hpp"
#include "controller/source/snapshot.hpp"
#include "drivers/real_kernel.hpp"
#include "model/render.hpp"

namespace ballast {

struct Look;

/// What the kernel is to be made from.
struct Order {
  std::shared_ptr<const Snapshot> snapshot;  ///< valid
  std::string node;
  Conditions conditions;   ///< but for local_addresses, which the worker looks up
  bool only_look = false;  ///< observe everything and change nothing
  Extent extent = Extent::everything;
  /// What others had made and a manifest took over that is not in force any more: left or made as it was, and let go.
  std::shared_ptr<const State> give_back{};
  std::function<void(const Look&)> witness{};  ///< sees on the worker's thread what came of it, before others do
};

/// What came of a look.
struct Look {
  std::shared_ptr<const Snapshot> snapshot;
  bool only_looked = false;
  std::string error;                                 ///< not empty: nothing is known of the kernel's state
  std::shared_ptr<Convergence> result;               ///< null with an error
  std::array<std::uint64_t, kind_count> repaired{};  ///< Keeper::repaired
  std::vector<Trouble> troubles;                     ///< what is not as wanted although it was tried
  std::optional<std::chrono::nanoseconds> next;      ///< of the boot clock: when a part of it is due again
  Milliseconds cpu{};                                ///< of the worker's thread, for looking, without changes
  Happenings happenings;                             ///< what it changed and why; none where it only looked

  [[nodiscard]] bool saw_everything() const { return result != nullptr && !result->only; }
  /// Why this node cannot serve: its IPVS cannot be programmed or looked at. A sysctl that cannot be set is no reason.
  [[nodiscard]] std::string trouble() const;
};

struct WorkerCallbacks {
  std::function<void(Look)> done;
  std::function<void()> tripped;  ///< services are missing, or there are others
};

class Worker {
 public:
  /// The callbacks are called on the worker's thread and must only pass on what they get.
  Worker(std::string state_dir, WorkerCallbacks callbacks);
  /// Ends after the look that was begun.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void order(Order order);
  /// Something else that takes long, such as reading a manifest; done before the next look.
  void run_job(std::function<void()> job);

  /// Since when it has been at one piece of work; nullopt: it waits for some. From any thread.
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> busy_since() const;

 private:
  void carry_out_job(const std::function<void()>& work);
  void run();
  Look carry_out(Order& order);
  Result<Convergence> look(Order& order, Look& seen);

  StateDir directory_;
  WorkerCallbacks callbacks_;
  RealKernel real_;
  Keeper keeper_;            // the worker's thread only
  Causes causes_;            // likewise
  bool freed_much_ = false;  // likewise: memory that goes back to the kernel after the next look

  std::atomic<std::chrono::steady_clock::rep> busy_since_{0};  // 0: not busy
  std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<Order> next_;                // guarded by mutex_
  std::vector<std::function<void()>> jobs_;  // guarded by mutex_
  bool ending_ = false;                      // guarded by mutex_
  std::thread thread_;                       // the last member: it uses the others
};

}  // namespace ballast
