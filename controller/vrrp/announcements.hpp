// When which VIP of a router is announced to the neighbours. Pure: the holder sends what is due.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "controller/vrrp/events.hpp"

namespace ballast::vrrp {

class Announcements {
 public:
  /// From now on `what.count` rounds of every VIP, pacing apart. Where a request is still being carried out, after
  /// that: if each began with the first VIP, the last would never have their turn. Of those that wait the newest
  /// counts.
  void ask(Time now, const Announce& what);
  void clear();

  /// Positions of the VIPs, of `count`, that are due, in order; bounded, the rest is due at once.
  std::vector<std::size_t> take_due(Time now, std::size_t count);
  /// When take_due() has something.
  [[nodiscard]] std::optional<Time> next() const;

 private:
  struct Running {
    Announce what;
    std::size_t sent = 0;
    Time due{};
  };
  std::optional<Running> running_;
  std::optional<Announce> waiting_;
};

}  // namespace ballast::vrrp
