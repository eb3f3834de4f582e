// What GET /v1/events says: the last changes and what caused each, as values and as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "controller/http/instant.hpp"
#include "model/result.hpp"

namespace ballast::http {

struct ChangeEvent {
  std::uint64_t id = 0;  ///< from 1, without gaps
  Instant at{};
  std::string kind;  ///< service, destination, address, sysctl, timeout, device, router, member, quorum, manifest, node
  std::string object;  ///< "10.0.0.11:80 of tcp 10.0.0.100:80"
  std::string change;  ///< add, update, remove; else empty
  std::string text;    ///< what changed: "weight: 7 -> 3"
  std::string cause;   ///< a word: drift, manifest, health, role, operator, start, drain, network, failure
  std::string why;     ///< in full: "changed by somebody else; cluster.yaml:41"

  friend bool operator==(const ChangeEvent&, const ChangeEvent&) = default;
};

struct EventPage {
  std::string instance;    ///< another one: the controller started anew, and counts from 1
  std::uint64_t last = 0;  ///< the newest event's id
  std::uint64_t lost = 0;  ///< that were asked for, and are older than what is kept
  std::vector<ChangeEvent> events;
};

/// One event a line.
std::string events_json(const EventPage& page);
/// One event, without a newline.
std::string event_json(const ChangeEvent& event);
Result<EventPage> read_events(const std::string& json);

}  // namespace ballast::http
