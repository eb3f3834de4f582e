#include "controller/http/node_status.hpp"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "controller/http/instant.hpp"

namespace ballast::http {
namespace {

using json = nlohmann::ordered_json;

json router_json(const RouterStatus& router) {
  json master = nullptr;
  if (router.master) master = {{"address", router.master->address}, {"priority", router.master->priority}};
  json conflict = nullptr;
  if (router.conflict) conflict = *router.conflict;
  json trouble = nullptr;
  if (router.trouble) trouble = *router.trouble;
  json refusals = json::object();
  for (const auto& [reason, count] : router.refusals) refusals[reason] = count;
  return {{"name", router.name},
          {"role", router.role},
          {"priority", router.priority},
          {"basePriority", router.base_priority},
          {"interface", router.interface},
          {"virtualRouterId", router.virtual_router_id},
          {"protocolVersion", router.protocol_version},
          {"since", instant_text(router.since)},
          {"reason", router.reason},
          {"master", std::move(master)},
          {"addresses", router.addresses},
          {"conflict", std::move(conflict)},
          {"trouble", std::move(trouble)},
          {"advertisementsSent", router.advertisements_sent},
          {"advertisementsReceived", router.advertisements_received},
          {"refusals", std::move(refusals)}};
}

json suspension_json(const std::optional<SuspensionStatus>& suspended) {
  if (!suspended) return nullptr;
  return {{"since", instant_text(suspended->since)},
          {"reason", suspended->reason},
          {"changes", suspended->changes},
          {"plan", suspended->plan}};
}

std::optional<SuspensionStatus> suspension_from(const json& from) {
  if (from.is_null()) return std::nullopt;
  return SuspensionStatus{instant_from(from.at("since")), from.at("reason"), from.at("changes"), from.at("plan")};
}

/// Throws json::exception where a member lacks or has another type.
RouterStatus router_from(const json& from) {
  RouterStatus router;
  from.at("name").get_to(router.name);
  from.at("role").get_to(router.role);
  from.at("priority").get_to(router.priority);
  from.at("basePriority").get_to(router.base_priority);
  from.at("interface").get_to(router.interface);
  from.at("virtualRouterId").get_to(router.virtual_router_id);
  from.at("protocolVersion").get_to(router.protocol_version);
  from.at("reason").get_to(router.reason);
  from.at("addresses").get_to(router.addresses);
  from.at("advertisementsSent").get_to(router.advertisements_sent);
  from.at("advertisementsReceived").get_to(router.advertisements_received);
  from.at("refusals").get_to(router.refusals);
  router.since = instant_from(from.at("since"));
  if (const json& master = from.at("master"); !master.is_null()) {
    router.master = MasterSeen{master.at("address"), master.at("priority")};
  }
  if (const json& conflict = from.at("conflict"); !conflict.is_null()) router.conflict = conflict.get<std::string>();
  if (const json& trouble = from.at("trouble"); !trouble.is_null()) router.trouble = trouble.get<std::string>();
  return router;
}

}  // namespace

bool RouterStatus::ready() const {
  return (role == "MASTER" || role == "BACKUP") && !conflict && !trouble;
}

bool NodeStatus::ready() const {
  return eligible && !maintenance && !suspended && problems.empty() && manifest.refused.empty() &&
         manifest.held.empty() &&
         std::all_of(routers.begin(), routers.end(), [](const RouterStatus& router) { return router.ready(); }) &&
         services_ready();
}

bool NodeStatus::services_ready() const {
  return (eligible || maintenance) &&
         std::all_of(services.begin(), services.end(), [](const ServiceStatus& service) { return service.ready(); });
}

std::string status_json(const NodeStatus& status) {
  json routers = json::array();
  for (const RouterStatus& router : status.routers) routers.push_back(router_json(router));
  json services = json::array();
  for (const ServiceStatus& service : status.services) services.push_back(service_json(service));
  const json body = {{"node", status.node},
                     {"version", status.version},
                     {"maintenance", status.maintenance},
                     {"eligible", status.eligible},
                     {"reason", status.reason},
                     {"manifest", manifest_json(status.manifest)},
                     {"suspended", suspension_json(status.suspended)},
                     {"problems", status.problems},
                     {"missing", missing_json(status.missing)},
                     {"foreign", foreign_json(status.foreign)},
                     {"drift", drift_json(status.drift)},
                     {"impededChecks", impeded_json(status.impeded_checks)},
                     {"routers", std::move(routers)},
                     {"services", std::move(services)}};
  // Bytes that are no UTF-8 (an interface's name can have any) are replaced, never thrown on.
  return body.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

Result<NodeStatus> read_status(const std::string& text) {
  try {
    const json body = json::parse(text);
    NodeStatus status;
    body.at("node").get_to(status.node);
    body.at("version").get_to(status.version);
    body.at("maintenance").get_to(status.maintenance);
    body.at("eligible").get_to(status.eligible);
    body.at("reason").get_to(status.reason);
    for (const json& router : body.at("routers")) status.routers.push_back(router_from(router));
    for (const json& service : body.at("services")) status.services.push_back(service_from(service));
    body.at("problems").get_to(status.problems);
    status.suspended = suspension_from(body.at("suspended"));
    status.manifest = manifest_from(body.at("manifest"));
    status.missing = missing_from(body.at("missing"));
    status.foreign = foreign_from(body.at("foreign"));
    status.drift = drift_from(body.at("drift"));
    status.impeded_checks = impeded_from(body.at("impededChecks"));
    return status;
  } catch (const json::exception& error) {
    return Error{fmt::format("the controller's status is not understood: {}", error.what()), EPROTO};
  }
}

}  // namespace ballast::http
