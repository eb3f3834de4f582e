// Runs the checks of a node on the loop: probes when they are due, and what they find out told to whom it concerns.
// What decides is the Table; this gives it the clock and the sockets, and keeps its knowledge for a successor.
// Threads: the loop's only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/health/table.hpp"
#include "drivers/state_dir.hpp"

namespace boost::asio {
class io_context;
}

namespace ballast::health {

struct PlaneCallbacks {
  std::function<void()> changed;                ///< health(), has_finished_first_round() or what impedes is another
  std::function<void(const Event&)> event;      ///< what an operator wants to know
  std::function<void(const std::string&)> log;  ///< what went wrong with the plane itself
  /// How long an attempt took, its wait for a turn included; may lack. `type`: "tcp".
  std::function<void(std::string_view type, bool passed, Duration took)> attempted{};
};

class Plane {
 public:
  /// Takes over what a predecessor has left in `directory` within the last minute.
  Plane(boost::asio::io_context& loop, const StateDir& directory, PlaneCallbacks callbacks);
  /// Leaves what is known to a successor.
  ~Plane();
  Plane(const Plane&) = delete;
  Plane& operator=(const Plane&) = delete;

  /// The manifest is another one. `observed`: what the kernel holds, where that is known (Table::update).
  void update(const Manifest& manifest, std::string_view node, const State* observed);
  /// The kernel has been made what the manifest wants: probes may go out. Before it, `via: vip` has no path.
  void begin();
  void set_state(const PoolMember& member, std::optional<MemberState> state);

  [[nodiscard]] const Health& health() const;
  [[nodiscard]] bool has_finished_first_round() const;
  /// The number of checks.
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::vector<MemberStatus> members_of(std::string_view service) const;
  [[nodiscard]] std::optional<Impediment> impediment() const;

 private:
  class Checks;
  std::shared_ptr<Checks> checks_;
};

}  // namespace ballast::health
