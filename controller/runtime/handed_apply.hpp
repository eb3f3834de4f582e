// Manifests that an operator hands to the running controller (`ballast apply`, `ballast diff`), one at a time, and
// those that wait for `ballast confirm`.
//
// A handed manifest is in force as if the node's own source had brought it, until that source has something new. What
// takes long (reading, planning, printing) is done in the worker's thread. Threads else: the loop's only.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "controller/http/apply_message.hpp"
#include "controller/http/node_status.hpp"
#include "controller/runtime/manifests.hpp"
#include "controller/runtime/worker.hpp"
#include "reconcilers/removals.hpp"

namespace ballast {

/// The node as this sees it.
struct HandedNode {
  std::string asked_name;  ///< of this machine, on the command line; empty: as its host
  std::string state_dir;
  RemovalLimit limit;
  std::function<void(std::function<void()>)> run_job;  ///< in the worker's thread
  std::function<Conditions()> conditions;              ///< of a look, as of now
  std::function<std::size_t()> failed_members;         ///< that checks have found to be down
  std::function<std::string()> refusal;                ///< why nothing may be handed over; empty: it may
};

class HandedApply {
 public:
  HandedApply(boost::asio::io_context& loop, Manifests& manifests, HandedNode node);

  /// Begins with what POST /v1/apply has brought; its number. Errors: EBUSY, not as things stand.
  Result<std::uint64_t> begin(std::string body);
  /// What is known of it; nullopt: there was no such one, or another has followed it.
  [[nodiscard]] std::optional<http::ApplyAnswer> answer(std::uint64_t number) const;

  /// Of the next orders to the worker, while a handed manifest waits to be looked at, or an undone one leaves
  /// something: null and nothing else.
  [[nodiscard]] std::shared_ptr<const State> give_back() const { return give_back_; }
  [[nodiscard]] std::function<void(const Look&)> witness();
  /// A manifest is put in force: whether it was handed over, or is put back, and everything is to be looked at. Any
  /// other one is from the node's own source, and nothing handed may undo it.
  [[nodiscard]] bool brings(const Snapshot& snapshot);

  /// The checks have found out something.
  void health_changed();

  /// What was handed over stays; its revision. Errors: EBUSY, nothing waits.
  Result<std::string> confirm();
  void add_to(http::ManifestStatus& status) const;
  void stop();

 private:
  /// What the worker made of a request.
  struct Read {
    http::ApplyRequest request;
    std::shared_ptr<const Snapshot> snapshot;  ///< null: `answer` is all
    std::string too_much;
    std::string node;  ///< this machine's name in it
    Ownership owned;   ///< before it is in force
    http::ApplyAnswer answer;
  };
  /// One that is in force until it is confirmed or undone.
  struct Pending {
    std::shared_ptr<const Snapshot> snapshot;
    Manifests::Earlier earlier;
    std::chrono::milliseconds time{};
    bool guard = false;
    std::size_t failed_before = 0;
    bool armed = false;  ///< applied and verified: the time runs
    std::shared_ptr<const State> taken_over;
    std::chrono::sys_time<std::chrono::milliseconds> deadline{};
  };

  void read(std::shared_ptr<const std::string> body);
  void take(const std::shared_ptr<Read>& read, const std::shared_ptr<const Snapshot>& before,
            const std::shared_ptr<const std::string>& body);
  void put_in_force(const Read& read);
  void finish(http::ApplyAnswer answer);
  void take(http::ApplyAnswer answer, const std::shared_ptr<const State>& others);
  void arm(http::ApplyAnswer answer);
  void roll_back(const std::string& why);
  void superseded();

  boost::asio::io_context& loop_;
  Manifests& manifests_;
  HandedNode node_;
  boost::asio::steady_timer timer_;
  std::uint64_t number_ = 0;
  bool working_ = false;
  http::ApplyAnswer answer_;
  http::ApplyRequest request_;                  // of the one under way, without its texts
  Ownership owned_;                             // before it
  std::shared_ptr<const Snapshot> waited_for_;  // in force, and not looked at yet
  std::optional<Pending> pending_;
  std::shared_ptr<const State> give_back_;  // until a look has done it
  bool undoing_ = false;
  std::string rolled_back_;  // the revision that was, until another manifest comes
  std::string rolled_back_why_;
  bool stopping_ = false;
};

}  // namespace ballast
