#include "controller/vrrp/announcements.hpp"

#include <utility>

namespace ballast::vrrp {
namespace {

/// Frames sent at once, and the pause after them: a switch floods each to all of its ports, and the queues of those who
/// listen (1,000 packets by Linux's default) must not overflow.
constexpr std::size_t frames_at_once = 100;
constexpr Duration queue_drain = std::chrono::milliseconds{1};

}  // namespace

void Announcements::ask(Time now, const Announce& what) {
  if (running_) {
    waiting_ = what;
  } else {
    running_ = Running{what, 0, now};
  }
}

void Announcements::clear() {
  running_.reset();
  waiting_.reset();
}

std::vector<std::size_t> Announcements::take_due(Time now, std::size_t count) {
  std::vector<std::size_t> due;
  while (running_ && running_->due <= now && due.size() < frames_at_once) {
    if (running_->sent >= static_cast<std::size_t>(running_->what.count) * count) {
      const auto next = std::exchange(waiting_, std::nullopt);
      running_ = next ? std::optional(Running{*next, 0, running_->due}) : std::nullopt;
      continue;
    }
    due.push_back(running_->sent++ % count);
    running_->due += running_->what.pacing;
    if (running_->what.pacing == Duration{0} && running_->sent % frames_at_once == 0) running_->due += queue_drain;
  }
  return due;
}

std::optional<Time> Announcements::next() const {
  if (!running_) return std::nullopt;
  return running_->due;
}

}  // namespace ballast::vrrp
