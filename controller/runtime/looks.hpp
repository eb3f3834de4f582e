// When the kernel is looked at, and what came of it: orders to the worker, the timer, retries, complaints.
// The kernel says nothing of its IPVS tables and sysctls by itself, so everything is looked at again and again.
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
  std::function<Order()> order;                      ///< what the kernel is to be made from, as of now
  std::function<void(const Convergence&)> observed;  ///< after each sight of everything, before what follows
  std::function<void()> judged;                      ///< trouble() and is_complete() are up to date
};

class Looks {
 public:
  Looks(boost::asio::io_context& loop, std::string state_dir, std::chrono::milliseconds resync,
        LooksCallbacks callbacks);

  /// Asks for a look: with what `order` says when this is called.
  void look(Extent extent = Extent::everything);
  /// Something else that takes long; Worker::run_job.
  void run_job(std::function<void()> job) { worker_.run_job(std::move(job)); }
  /// No callback comes after it.
  void stop();

  /// Whether everything was looked at and changed, once.
  [[nodiscard]] bool is_complete() const { return complete_; }
  /// Why this node cannot serve; empty: it can.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  /// What is wanted but could not be made so, and why.
  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }
  /// What came of the last look that saw the kernel; null before it.
  [[nodiscard]] const std::shared_ptr<const Convergence>& last() const { return last_; }

 private:
  void take(const Look& seen);
  void take_part(const Look& seen);
  void complain(const Look& seen);
  void look_later(bool failed, bool draining);

  boost::asio::io_context& loop_;
  std::chrono::milliseconds resync_;
  LooksCallbacks callbacks_;
  boost::asio::steady_timer next_;
  std::shared_ptr<const Convergence> last_;
  std::chrono::milliseconds retry_after_;
  std::vector<std::string> complaints_;  // of the last look
  std::string trouble_ = "the first reconcile is not complete";
  bool complete_ = false;
  bool stopping_ = false;
  Worker worker_;  // the last member: its thread uses the others
};

}  // namespace ballast
