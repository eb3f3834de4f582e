// The part of GET /v1/status that speaks of services and their members, as values and as JSON.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace ballast::http {

/// In a second, from two readings of the kernel's counters; from its own estimate where there is only one.
struct Rates {
  double connections = 0;
  double packets_in = 0;
  double packets_out = 0;  ///< NAT only: other replies do not pass the director
  double bytes_in = 0;
  double bytes_out = 0;
  Rates& operator+=(const Rates& more);
  friend bool operator==(const Rates&, const Rates&) = default;
};

struct MemberStatus {
  std::string endpoint;  ///< "192.0.2.3:80"
  std::string standing;  ///< serving, kept, open, no-quorum, failed, unknown, draining, disabled (model/health.hpp)
  std::optional<std::uint32_t> weight;        ///< wanted in the kernel; absent: not there
  std::string check;                          ///< up, down, unknown; "none" where its pool has no checks
  std::string reason;                         ///< of the check that failed last
  std::optional<std::chrono::seconds> since;  ///< how long its check has been saying so; absent: since the start
  std::uint32_t active_connections = 0;       ///< when the kernel was looked at last
  std::uint32_t inactive_connections = 0;
  std::optional<Rates> rates{};  ///< absent: not in the kernel, or its counters could not be read

  [[nodiscard]] bool serves() const { return weight.value_or(0) > 0; }
  /// Serves, and by no check's exception.
  [[nodiscard]] bool well() const { return standing == "serving" && check != "down"; }
  friend bool operator==(const MemberStatus&, const MemberStatus&) = default;
};

struct ServiceStatus {
  std::string name;
  std::string service;  ///< "tcp 192.0.2.1:80"
  std::string scheduler;
  std::string pool;
  bool quorum = true;
  bool sorry_server = false;  ///< serves instead of the members
  std::vector<MemberStatus> members;
  std::optional<Rates> rates{};
  std::string manifest{};  ///< "web.yaml:18"

  [[nodiscard]] std::uint64_t active_connections() const;
  [[nodiscard]] std::uint64_t inactive_connections() const;
  [[nodiscard]] std::size_t serving() const;  ///< members
  /// Ready, and no member is out against the manifest's will.
  [[nodiscard]] bool well() const;
  /// Members serve, and as many as the quorum asks for.
  [[nodiscard]] bool ready() const;
  friend bool operator==(const ServiceStatus&, const ServiceStatus&) = default;
};

nlohmann::ordered_json service_json(const ServiceStatus& service);
/// Throws json::exception where a member lacks or has another type.
ServiceStatus service_from(const nlohmann::ordered_json& from);

}  // namespace ballast::http
