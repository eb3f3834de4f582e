// What has happened on this node, as events for people: what a look changed and why, roles, health, manifests, what
// operators asked for.
// Pure: times are passed in.
#pragma once

#include <string>
#include <vector>

#include "controller/health/table.hpp"
#include "controller/runtime/causes.hpp"
#include "controller/runtime/events.hpp"
#include "controller/runtime/manifests.hpp"
#include "controller/vrrp/plane.hpp"

namespace ballast {

class History {
 public:
  explicit History(std::string instance) : events_(std::move(instance)) {}

  void add(const Happenings& happenings, http::Instant at);
  void add(const vrrp::RoleChange& change, http::Instant at);
  void add(const health::Event& event, http::Instant at);
  /// A VIP that somebody else removed or added, and that the VRRP plane has put right.
  void add_repaired_vip(const std::string& router, const vrrp::Log& log, http::Instant at);
  void add_in_force(const std::string& revision, http::Instant at);
  /// Of a manifest that was read: where it is not in force, why.
  void add(Outcome outcome, const http::ManifestStatus& status, http::Instant at);
  /// What an operator asked for.
  void add_request(const std::string& kind, const std::string& object, const std::string& text, http::Instant at);
  /// What could not be done, or can be again.
  void add_failure(const std::string& text, http::Instant at);

  [[nodiscard]] const EventLog& events() const { return events_; }
  [[nodiscard]] const DriftLog& drift() const { return drift_; }

 private:
  EventLog events_;
  DriftLog drift_;
};

}  // namespace ballast
