// Events that wait to be told, bounded however many happen: beyond a number of them, only the newest of each subject
// waits, so that the state that holds is told in any case.
// Pure.
#pragma once

#include <array>
#include <list>
#include <string>
#include <unordered_map>
#include <vector>

#include "controller/notify/event.hpp"

namespace ballast::notify {

/// What one message tells.
struct Digest {
  EventPtr headline;                      ///< the newest of those that matter most: roles and quorums before members
  std::vector<EventPtr> shown;            ///< as they happened, at least one
  std::array<std::size_t, kinds> rest{};  ///< those that are not shown, by kind
  std::size_t folded = 0;                 ///< told by nothing but this number, as later ones of their subjects are told
  std::size_t lost = 0;                   ///< earlier ones that could not be delivered

  [[nodiscard]] std::size_t not_shown() const;
  /// All but the headline.
  [[nodiscard]] std::size_t more() const { return shown.size() - 1 + not_shown() + folded; }
};

class Backlog {
 public:
  /// Above any cluster that is known; the oldest make room.
  static constexpr std::size_t most_waiting = 20'000;

  /// As many wait in full.
  explicit Backlog(std::size_t in_full) : in_full_(in_full) {}

  void add(EventPtr event);
  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  [[nodiscard]] std::size_t size() const { return waiting_.size(); }

  /// The oldest. `folded` is set to the number of those that have been left out since the last call.
  EventPtr take_oldest(std::size_t& folded);
  /// All of them, at most `most_shown` in full.
  Digest take_all(std::size_t most_shown);

 private:
  using Waiting = std::list<EventPtr>;
  void drop_oldest();

  std::size_t in_full_;
  Waiting waiting_;
  std::unordered_map<std::string, Waiting::iterator> newest_;  // by subject
  std::size_t folded_ = 0;
};

}  // namespace ballast::notify
