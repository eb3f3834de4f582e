#include "controller/runtime/status_json.hpp"

#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ballast {
namespace {

using json = nlohmann::ordered_json;

std::string since_text(vrrp::Duration in_role) {
  const auto since = std::chrono::system_clock::now() - in_role;
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(
                         std::chrono::time_point_cast<std::chrono::system_clock::duration>(since))));
}

/// Why the router is not what it should be, as of now; else why it came to its role.
std::string reason_of(const vrrp::Status& status) {
  const bool stands = status.role == vrrp::Role::master || status.role == vrrp::Role::backup;
  return stands || status.impediments.empty() ? status.reason : fmt::format("{}", fmt::join(status.impediments, "; "));
}

json router_json(const vrrp::RouterStatus& router) {
  const vrrp::Status& status = router.status;
  json refusals = json::object();
  for (std::size_t i = 0; i < vrrp::refusals; ++i) {
    if (status.refused[i] > 0) refusals[std::string(text_of(static_cast<vrrp::Refusal>(i)))] = status.refused[i];
  }
  json object = {{"name", router.name},
                 {"role", text_of(status.role)},
                 {"priority", status.priority},
                 {"basePriority", router.base_priority},
                 {"interface", router.interface},
                 {"virtualRouterId", router.virtual_router_id},
                 {"protocolVersion", router.protocol_version},
                 {"since", since_text(router.in_role)},
                 {"reason", reason_of(status)}};
  object["impediments"] = status.impediments;
  object["master"] =
      status.master ? json{{"address", status.master->text()}, {"priority", status.master_priority}} : json();
  object["addresses"] = router.addresses;
  object["conflict"] = status.conflict.empty() ? json() : json(status.conflict);
  object["advertisementsSent"] = status.sent;
  object["advertisementsReceived"] = status.received;
  object["refusals"] = refusals;
  return object;
}

}  // namespace

std::string status_json(const NodeCondition& node, const std::vector<vrrp::RouterStatus>& routers) {
  json list = json::array();
  for (const vrrp::RouterStatus& router : routers) list.push_back(router_json(router));
  const json whole = {{"node", node.node},         {"version", BALLAST_VERSION}, {"maintenance", node.maintenance},
                      {"eligible", node.eligible}, {"reason", node.reason},      {"routers", list}};
  return whole.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
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
