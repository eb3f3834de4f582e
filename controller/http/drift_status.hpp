// The part of GET /v1/status that speaks of what is not as wanted: what somebody else changed and was put back, what is
// wanted but could not be made so, and what somebody else made.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "controller/http/instant.hpp"

namespace ballast::http {

struct DriftObject {
  std::string kind;
  std::string object;
  std::string what;  ///< that was put right last: "weight: 7 -> 3"
  std::uint64_t times = 0;
  Instant last{};
  friend bool operator==(const DriftObject&, const DriftObject&) = default;
};

struct DriftStatus {
  std::map<std::string, std::uint64_t> repaired;  ///< since the start, by kind
  std::vector<DriftObject> objects;               ///< the latest first; bounded
  [[nodiscard]] std::uint64_t total() const;
  friend bool operator==(const DriftStatus&, const DriftStatus&) = default;
};

/// Wanted, but not there, or not so.
struct MissingObject {
  std::string kind;
  std::string object;
  std::string change;    ///< add, update, remove: what would make it so
  std::string text;      ///< "add service tcp 192.0.2.1:80: ... (web.yaml:18)"
  std::string manifest;  ///< "web.yaml:18:5"; empty: no manifest is behind it
  friend bool operator==(const MissingObject&, const MissingObject&) = default;
};

struct ForeignObject {
  std::string object;
  std::string detail;
  friend bool operator==(const ForeignObject&, const ForeignObject&) = default;
};

/// The first of a list, and how many there are.
template <class Object>
struct Bounded {
  std::vector<Object> first;
  std::size_t total = 0;
  friend bool operator==(const Bounded&, const Bounded&) = default;
};

/// Checks that this node cannot make, for a reason of its own: they say nothing of the members.
struct ImpededChecks {
  std::size_t checks = 0;
  std::string reason;
  std::int64_t since_seconds = 0;  ///< how long
  friend bool operator==(const ImpededChecks&, const ImpededChecks&) = default;
};

nlohmann::ordered_json drift_json(const DriftStatus& drift);
nlohmann::ordered_json missing_json(const Bounded<MissingObject>& missing);
nlohmann::ordered_json foreign_json(const Bounded<ForeignObject>& foreign);
nlohmann::ordered_json impeded_json(const std::optional<ImpededChecks>& impeded);
// They throw json::exception where a member lacks or has another type.
DriftStatus drift_from(const nlohmann::ordered_json& from);
Bounded<MissingObject> missing_from(const nlohmann::ordered_json& from);
Bounded<ForeignObject> foreign_from(const nlohmann::ordered_json& from);
std::optional<ImpededChecks> impeded_from(const nlohmann::ordered_json& from);

}  // namespace ballast::http
