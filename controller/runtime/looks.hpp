// When the kernel is looked at, and what came of it: orders to the worker, timers, retries, complaints.
// The kernel says nothing of its IPVS tables and sysctls by itself, so everything is looked at again and again: every
// `resync`, or as seldom as it takes for that to use a fiftieth of one processor.
// Threads: the loop's only; what touches the kernel runs in the worker's.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "controller/runtime/worker.hpp"

namespace ballast {

struct LooksCallbacks {
  std::function<void(const Look&)> taken;            ///< after each look, before what follows
  std::function<Order()> order;                      ///< what the kernel is to be made from, as of now
  std::function<bool()> suspended;                   ///< nothing is to be changed
  std::function<void(const Convergence&)> observed;  ///< after each sight of everything, before what follows
  std::function<void()> judged;                      ///< trouble() and is_complete() are up to date
  std::function<void(const Happenings&)> happened;   ///< after a look that may have changed something
  std::function<void(const std::string&)> failed;    ///< a new complaint
};

class Looks {
 public:
  Looks(boost::asio::io_context& loop, std::string state_dir, std::chrono::milliseconds resync,
        LooksCallbacks callbacks);

  /// Something that the node is made from has changed: with what `order` says when this is called.
  void look() { order(Extent::changes); }
  /// The same for what comes in numbers: at once, or as seldom as it takes for that to use a tenth of one processor,
  /// but each second.
  void look_when_affordable();
  /// Whatever others may have changed is put back, too.
  void look_at_everything() { order(Extent::everything); }
  /// Something else that takes long; Worker::run_job.
  void run_job(std::function<void()> job) { worker_.run_job(std::move(job)); }
  /// How long after a look at everything the next one may begin.
  [[nodiscard]] std::chrono::steady_clock::duration rest() const;
  /// Worker::busy_since.
  [[nodiscard]] auto busy_since() const { return worker_.busy_since(); }
  /// No callback comes after it.
  void stop();

  /// Whether everything was looked at and changed, once.
  [[nodiscard]] bool is_complete() const { return complete_; }
  /// Why this node cannot serve; empty: it can.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  /// What is wanted but could not be made so, why, and when it is tried again.
  [[nodiscard]] std::vector<std::string> complaints() const;
  /// The same, by object.
  [[nodiscard]] const std::vector<Trouble>& troubles() const { return troubles_; }
  /// What came of the last look at everything; null before it. Its `before` has also what was seen since.
  [[nodiscard]] std::shared_ptr<const Convergence> last() const { return last_; }
  /// What that look would have changed, had it not been suspended; null where it has changed it.
  [[nodiscard]] const Plan* pending() const { return only_looked_ ? &last_->plan : nullptr; }

 private:
  using Clock = std::chrono::steady_clock;

  void order(Extent extent);
  void take(const Look& seen);
  void complain(const Look& seen);
  void take_trip();
  void sweep_at(Clock::time_point when);
  void look_later(const Look& seen);

  boost::asio::io_context& loop_;
  std::chrono::milliseconds resync_;
  LooksCallbacks callbacks_;
  boost::asio::steady_timer sweep_;   // the next look at everything
  boost::asio::steady_timer soon_;    // the next look at the changes, and at what was not settled
  boost::asio::steady_timer rested_;  // the next affordable one
  std::shared_ptr<Convergence> last_;
  std::chrono::milliseconds retry_after_;
  std::string error_;               // of the last look
  std::vector<Trouble> troubles_;   // since the last look
  Milliseconds cost_{};             // of the last look at everything
  Clock::time_point swept_{};       // when that was
  Clock::time_point affordable_{};  // before this changes that come in numbers wait for each other
  Clock::time_point no_trip_{};     // before this the tripwire waits for its turn
  std::string trouble_ = "the first reconcile is not complete";
  bool complete_ = false;
  bool looked_ = false;       // at anything
  bool only_looked_ = false;  // at last
  bool stopping_ = false;
  Worker worker_;  // the last member: its thread uses the others
};

}  // namespace ballast
