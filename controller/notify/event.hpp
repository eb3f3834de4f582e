// Something that an operator wants to be told, as plain values whose texts may stand in a header, a line of a log or an
// environment: reasons repeat what servers say, so they may hold anything.
// Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "controller/health/table.hpp"
#include "controller/vrrp/plane.hpp"

namespace ballast::notify {

using WallTime = std::chrono::system_clock::time_point;

struct Event {
  enum class What : std::uint8_t { member_up, member_down, quorum_gained, quorum_lost, role_changed };
  What what{};
  std::string name;     ///< the service's, of role_changed the VirtualRouter's
  std::string address;  ///< "192.0.2.1:80", "fwmark 7"; of a VirtualRouter its VIPs, "192.0.2.1/24 192.0.2.2/24"
  std::string member;   ///< "10.0.0.3:80", of member_up and member_down
  std::string role;     ///< "MASTER", of role_changed
  std::string previous_role;
  int priority = 0;  ///< of role_changed
  std::string reason;
  WallTime at{};

  /// What the event is the newest state of: equal for all events of one member of a service, ...
  [[nodiscard]] std::string subject() const;
  /// "web 10.0.0.3:80 is down"
  [[nodiscard]] std::string text() const;
  friend bool operator==(const Event&, const Event&) = default;
};
inline constexpr std::size_t kinds = 5;
std::string_view word_of(Event::What what);  ///< "member-up"

/// Shared by all who are told.
using EventPtr = std::shared_ptr<const Event>;

Event make_event(const health::Event& event, WallTime at);
/// `addresses`: the router's VIPs.
Event make_event(const vrrp::RoleChange& change, const std::string& addresses, WallTime at);

/// One line of valid UTF-8 without control characters, at most `longest` bytes and three dots.
std::string clean(std::string_view text, std::size_t longest);

/// "2026-11-21T12:00:00.123Z"
std::string time_text(WallTime at);

}  // namespace ballast::notify
