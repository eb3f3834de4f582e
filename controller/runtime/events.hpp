// The last changes of this node and what caused each, for GET /v1/events; and what was found changed by somebody else.
// Bounded however much happens and however long the texts are. Pure: times are passed in.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "controller/http/change_event.hpp"
#include "controller/http/drift_status.hpp"

namespace ballast {

class EventLog {
 public:
  static constexpr std::size_t most = 1000;
  static constexpr std::size_t longest_text = 400;

  /// `instance` is what tells this run of the controller from others.
  explicit EventLog(std::string instance) : instance_(std::move(instance)) {}

  /// Gives it its id. Texts that are too long are cut, control characters are replaced.
  void add(http::ChangeEvent event);
  /// Those after that id.
  [[nodiscard]] http::EventPage since(std::uint64_t id) const;

 private:
  std::string instance_;
  std::deque<http::ChangeEvent> events_;
  std::uint64_t last_ = 0;
};

/// What somebody else changed and the controller put back.
class DriftLog {
 public:
  static constexpr std::size_t most_objects = 200;

  void add(const std::string& kind, const std::string& object, const std::string& what, http::Instant at);
  /// Repairs that are counted by kind, but not remembered one by one.
  void count(const std::string& kind, std::uint64_t repairs) { totals_[kind] += repairs; }
  /// Of all times, by kind.
  [[nodiscard]] const std::map<std::string, std::uint64_t>& totals() const { return totals_; }
  /// The latest first.
  [[nodiscard]] http::DriftStatus status() const;

 private:
  struct Repairs {
    std::string what;
    std::uint64_t times = 0;
    http::Instant last{};
    std::uint64_t order = 0;
  };
  std::map<std::pair<std::string, std::string>, Repairs> objects_;
  std::map<std::string, std::uint64_t> totals_;
  std::uint64_t order_ = 0;
};

}  // namespace ballast
