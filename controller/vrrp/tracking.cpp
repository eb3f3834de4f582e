#include "controller/vrrp/tracking.hpp"

#include <algorithm>

namespace ballast::vrrp {

bool Tracker::report(bool passed, const std::string& reason) {
  if (!passed) reason_ = reason;
  const TrackState result = passed ? TrackState::passed : TrackState::failed;
  if (result == state_) {
    against_ = 0;
    return false;
  }
  ++against_;
  if (state_ != TrackState::unknown && against_ < (passed ? config_.rise : config_.fall)) return false;
  state_ = result;
  against_ = 0;
  return true;
}

PriorityChanged effective_priority(std::uint8_t base, std::span<const Tracker> trackers) {
  PriorityChanged outcome{base, ""};
  int priority = base;
  for (const Tracker& tracker : trackers) {
    const bool passes = tracker.passes();
    const int weight = tracker.config().weight;
    if (weight == 0 && !passes) {
      outcome.fault += (outcome.fault.empty() ? "" : "; ") + std::string(text_of(tracker.config().kind)) + " " +
                       tracker.config().name + ": " + tracker.reason();
    } else if ((weight > 0) == passes) {
      priority += weight;
    }
  }
  if (base != owner_priority) outcome.priority = static_cast<std::uint8_t>(std::clamp(priority, 1, 254));
  return outcome;
}

std::string_view text_of(TrackKind kind) {
  switch (kind) {
    case TrackKind::interface:
      return "interface";
    case TrackKind::script:
      return "script";
    case TrackKind::process:
      return "process";
    case TrackKind::file:
      return "file";
  }
  return "check";
}

}  // namespace ballast::vrrp
