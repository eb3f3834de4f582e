#include "controller/http/node_status.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ballast::http {
namespace {

using json = nlohmann::ordered_json;
using Instant = std::chrono::sys_time<std::chrono::milliseconds>;

/// RFC 3339, UTC: 2026-11-21T10:00:00.250Z
std::string instant_text(Instant instant) {
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(instant - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                     time.minutes().count(), time.seconds().count(), time.subseconds().count());
}

std::optional<Instant> read_instant(const std::string& text) {
  int year = 0;
  unsigned month = 0, day = 0;
  int hour = 0, minute = 0, length = 0;
  double second = 0;
  const int fields =
      std::sscanf(text.c_str(), "%4d-%2u-%2uT%2d:%2d:%lf%n", &year, &month, &day, &hour, &minute, &second, &length);
  if (fields != 6 || text.substr(static_cast<std::size_t>(length)) != "Z") return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok() || hour > 23 || minute > 59 || !(second >= 0 && second < 61)) return std::nullopt;
  return Instant(std::chrono::sys_days(date)) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::milliseconds(std::lround(second * 1000));
}

json router_json(const RouterStatus& router) {
  json master = nullptr;
  if (router.master) master = {{"address", router.master->address}, {"priority", router.master->priority}};
  json conflict = nullptr;
  if (router.conflict) conflict = *router.conflict;
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

Instant instant_from(const json& from) {
  const std::string& text = from.get_ref<const std::string&>();
  const auto instant = read_instant(text);
  if (!instant) throw json::other_error::create(500, "'" + text + "' is no time", &from);
  return *instant;
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
  return router;
}

}  // namespace

bool RouterStatus::ready() const {
  return (role == "MASTER" || role == "BACKUP") && !conflict;
}

bool NodeStatus::ready() const {
  return eligible && !maintenance && !suspended && problems.empty() && manifest.refused.empty() &&
         manifest.held.empty() &&
         std::all_of(routers.begin(), routers.end(), [](const RouterStatus& router) { return router.ready(); }) &&
         std::all_of(services.begin(), services.end(), [](const ServiceStatus& service) { return service.ready(); });
}

std::string status_json(const NodeStatus& status) {
  json routers = json::array();
  for (const RouterStatus& router : status.routers) routers.push_back(router_json(router));
  json services = json::array();
  for (const ServiceStatus& service : status.services) services.push_back(service_json(service));
  json refused = nullptr;
  if (!status.manifest.refused.empty()) {
    refused = {{"revision", status.manifest.refused}, {"error", status.manifest.error}};
  }
  json held = nullptr;
  if (!status.manifest.held.empty()) held = {{"revision", status.manifest.held}, {"reason", status.manifest.reason}};
  const json body = {
      {"node", status.node},
      {"version", status.version},
      {"maintenance", status.maintenance},
      {"eligible", status.eligible},
      {"reason", status.reason},
      {"manifest",
       {{"revision", status.manifest.revision}, {"refused", std::move(refused)}, {"held", std::move(held)}}},
      {"suspended", suspension_json(status.suspended)},
      {"problems", status.problems},
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
    const json& manifest = body.at("manifest");
    manifest.at("revision").get_to(status.manifest.revision);
    if (const json& refused = manifest.at("refused"); !refused.is_null()) {
      refused.at("revision").get_to(status.manifest.refused);
      refused.at("error").get_to(status.manifest.error);
    }
    if (const json& held = manifest.at("held"); !held.is_null()) {
      held.at("revision").get_to(status.manifest.held);
      held.at("reason").get_to(status.manifest.reason);
    }
    return status;
  } catch (const json::exception& error) {
    return Error{fmt::format("the controller's status is not understood: {}", error.what()), EPROTO};
  }
}

}  // namespace ballast::http
