// Tracking: what checks of interfaces, scripts, processes and files do to a router's priority.
// Values only: who runs the checks tells their results here and hands the outcome to the machine (PriorityChanged).
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "controller/vrrp/events.hpp"

namespace ballast::vrrp {

enum class TrackKind : std::uint8_t { interface, script, process, file };
std::string_view text_of(TrackKind kind);  ///< "script"

/// `unknown`: counts as failed unless trusted (Tracker), and the first result decides alone.
enum class TrackState : std::uint8_t { unknown, passed, failed };

struct TrackConfig {
  TrackKind kind = TrackKind::script;
  std::string name;
  int weight = 0;  ///< -253 to 253; 0: FAULT while it fails
  int rise = 1;    ///< results in a row that make it pass
  int fall = 1;    ///< results in a row that make it fail
  TrackState initial = TrackState::unknown;

  friend bool operator==(const TrackConfig&, const TrackConfig&) = default;
};

class Tracker {
 public:
  /// `trusted`: what has no result yet counts as passed, since the node holds the VIPs and nothing has failed.
  explicit Tracker(TrackConfig config, bool trusted = false)
      : config_(std::move(config)), state_(config_.initial), trusted_(trusted) {}

  /// The result of one check. `reason` says why it failed, for people. True where the state changed.
  bool report(bool passed, const std::string& reason);

  [[nodiscard]] TrackState state() const { return state_; }
  [[nodiscard]] bool passes() const {
    return state_ == TrackState::passed || (trusted_ && state_ == TrackState::unknown);
  }
  [[nodiscard]] const TrackConfig& config() const { return config_; }
  [[nodiscard]] const std::string& reason() const { return reason_; }

 private:
  TrackConfig config_;
  TrackState state_;
  bool trusted_;
  int against_ = 0;  // results in a row that contradict the state
  std::string reason_ = "no result yet";
};

/// The effective priority: a positive weight counts while its check passes, a negative one while it fails; 1-254. The
/// owner's 255 is not changed. A failed check of weight 0 is a fault.
PriorityChanged effective_priority(std::uint8_t base, std::span<const Tracker> trackers);

}  // namespace ballast::vrrp
