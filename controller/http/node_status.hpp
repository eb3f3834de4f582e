// What GET /v1/status says, as a value: the controller makes it, `ballast status` reads it, the JSON is in one place.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/http/drift_status.hpp"
#include "controller/http/manifest_status.hpp"
#include "controller/http/service_status.hpp"
#include "model/result.hpp"

namespace ballast::http {

struct MasterSeen {
  std::string address;
  int priority = 0;
  friend bool operator==(const MasterSeen&, const MasterSeen&) = default;
};

struct RouterStatus {
  std::string name;
  std::string role;  ///< MASTER, BACKUP, FAULT or INIT
  int priority = 0;  ///< as tracking has made it
  int base_priority = 0;
  std::string interface;
  int virtual_router_id = 0;
  int protocol_version = 3;
  std::chrono::sys_time<std::chrono::milliseconds> since{};  ///< of the role
  std::string reason;                                        ///< why it is in this role
  std::optional<MasterSeen> master;                          ///< who was heard last
  std::vector<std::string> addresses;                        ///< "192.0.2.1/24 on eth0"
  std::optional<std::string> conflict;                       ///< somebody else's use of the same VRID
  std::optional<std::string> trouble;                        ///< of a MASTER: what it cannot do
  std::uint64_t advertisements_sent = 0;
  std::uint64_t advertisements_received = 0;
  std::map<std::string, std::uint64_t> refusals;  ///< advertisements refused, by reason

  /// MASTER or BACKUP without trouble, and nobody else disputes the group.
  [[nodiscard]] bool ready() const;
  friend bool operator==(const RouterStatus&, const RouterStatus&) = default;
};

/// Nothing is applied, on an operator's wish.
struct SuspensionStatus {
  std::chrono::sys_time<std::chrono::milliseconds> since{};
  std::string reason;
  std::size_t changes = 0;        ///< that would be applied
  std::vector<std::string> plan;  ///< the first of them, a line each
  friend bool operator==(const SuspensionStatus&, const SuspensionStatus&) = default;
};

struct NodeStatus {
  std::string node;
  std::string version;
  bool maintenance = false;
  bool eligible = false;
  std::string reason;  ///< why it is not eligible
  std::vector<RouterStatus> routers;
  ManifestStatus manifest;
  std::vector<ServiceStatus> services;
  std::vector<std::string> problems;  ///< what is wanted but could not be made so, and why
  std::optional<SuspensionStatus> suspended{};
  Bounded<MissingObject> missing{};  ///< the same, by object
  Bounded<ForeignObject> foreign{};  ///< made by somebody else, and left alone
  DriftStatus drift{};               ///< changed by somebody else, and put back
  std::optional<ImpededChecks> impeded_checks{};

  /// Stands for election, every router and service is ready, all is as wanted and kept so: exit status 0 of `ballast
  /// status`.
  [[nodiscard]] bool ready() const;
  /// Every service is ready, and IPVS can be programmed; in maintenance it is: that of one service.
  [[nodiscard]] bool services_ready() const;
  friend bool operator==(const NodeStatus&, const NodeStatus&) = default;
};

std::string status_json(const NodeStatus& status);

/// Members that it does not know are ignored, as the controller may be newer than the command.
Result<NodeStatus> read_status(const std::string& json);

}  // namespace ballast::http
