// When attempts must have ended. Pure.
//
// Attempts with the same timeout reach its end in the order in which they began, so each timeout's list is sorted by
// itself, adding and removing are a few pointers, and the next deadline is the earliest of the lists' fronts.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <vector>

namespace ballast::probes {

class Deadlines {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// `item` must not be in; `now` is never earlier than in the call before.
  void add(std::uint32_t item, Time now, std::chrono::milliseconds timeout);
  /// Does nothing where it is not in.
  void remove(std::uint32_t item);
  [[nodiscard]] std::optional<Time> next() const;
  /// One whose time is over; it is then not in any more.
  std::optional<std::uint32_t> take_due(Time now);

 private:
  struct Entry {
    Time due;
    std::uint32_t item = 0;
  };
  using List = std::list<Entry>;
  struct Place {
    List* list = nullptr;  ///< null: not in
    List::iterator entry;
  };

  std::map<std::chrono::milliseconds, List> lists_;
  std::vector<Place> places_;  // by item
  List spare_;                 // nodes for later
};

}  // namespace ballast::probes
