#include "controller/runtime/status.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ballast {
namespace {

using nlohmann::json;

/// Why the router is not what it should be, as of now; else why it came to its role.
std::string reason_of(const vrrp::Status& status) {
  const bool stands = status.role == vrrp::Role::master || status.role == vrrp::Role::backup;
  return stands || status.impediments.empty() ? status.reason : fmt::format("{}", fmt::join(status.impediments, "; "));
}

}  // namespace

http::RouterStatus router_status(const vrrp::RouterStatus& router) {
  const vrrp::Status& status = router.status;
  http::RouterStatus out;
  out.name = router.name;
  out.role = text_of(status.role);
  out.priority = status.priority;
  out.base_priority = router.base_priority;
  out.interface = router.interface;
  out.virtual_router_id = router.virtual_router_id;
  out.protocol_version = router.protocol_version;
  out.since =
      std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now() - router.in_role);
  out.reason = reason_of(status);
  if (status.master) out.master = http::MasterSeen{status.master->text(), status.master_priority};
  out.addresses = router.addresses;
  if (!status.conflict.empty()) out.conflict = status.conflict;
  out.advertisements_sent = status.sent;
  out.advertisements_received = status.received;
  for (std::size_t i = 0; i < vrrp::refusals; ++i) {
    if (status.refused[i] > 0) out.refusals.emplace(text_of(static_cast<vrrp::Refusal>(i)), status.refused[i]);
  }
  return out;
}

Result<bool> parse_maintenance(const std::string& body) {
  const json request = json::parse(body, nullptr, false);
  if (request.is_object() && request.contains("on") && request["on"].is_boolean()) return request["on"].get<bool>();
  return Error{R"(expected {"on": true} or {"on": false})", 0};
}

Result<std::string> parse_failover(const std::string& body) {
  const json request = json::parse(body, nullptr, false);
  if (request.is_object() && request.contains("router") && request["router"].is_string()) {
    return Result<std::string>(request["router"].get<std::string>());
  }
  return Error{R"(expected {"router": "NAME"})", 0};
}

}  // namespace ballast
