#include "controller/runtime/status.hpp"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "drivers/boot_clock.hpp"
#include "model/report.hpp"

namespace ballast {
namespace {

using nlohmann::json;

/// Why the router is not what it should be, as of now; else why it came to its role.
std::string reason_of(const vrrp::Status& status) {
  const bool stands = status.role == vrrp::Role::master || status.role == vrrp::Role::backup;
  return stands || status.impediments.empty() ? status.reason : fmt::format("{}", fmt::join(status.impediments, "; "));
}

}  // namespace

http::RevisionStatus revision_status(const Revision& revision, std::chrono::sys_time<std::chrono::milliseconds> at) {
  return {revision.id, at, revision.author, revision.subject, revision.committed_at};
}

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
  if (!router.send_trouble.empty()) out.trouble = "cannot advertise: " + router.send_trouble;
  out.advertisements_sent = status.sent;
  out.advertisements_received = status.received;
  for (std::size_t i = 0; i < vrrp::refusals; ++i) {
    if (status.refused[i] > 0) out.refusals.emplace(text_of(static_cast<vrrp::Refusal>(i)), status.refused[i]);
  }
  return out;
}

std::vector<http::ServiceStatus> service_statuses(const Manifest& manifest, const Conditions& conditions,
                                                  std::string_view node, const health::Plane& checks,
                                                  const Observation* observed, const ObjectName* wanted) {
  std::vector<http::ServiceStatus> all;
  const health::Time now = boot_time();
  for (const ProgrammedService& programmed : programmed_services(manifest, conditions, node)) {
    const VirtualService& service = *programmed.service;
    if (wanted != nullptr && !wanted->means(service.header.name, programmed.key)) continue;
    const ServiceVerdict verdict = judge(service, *programmed.pool, conditions.health);
    const auto known = conditions.health.services.find(service.header.name);
    http::ServiceStatus status{service.header.name,
                               programmed.key.text(),
                               service.scheduler.value,
                               service.pool.value,
                               known == conditions.health.services.end() || known->second.quorum,
                               verdict.sorry,
                               {}};
    const std::vector<health::MemberStatus> checked = checks.members_of(service.header.name);
    for (std::size_t i = 0; i < verdict.members.size(); ++i) {
      const Endpoint endpoint = endpoint_of(service, programmed.pool->members[i]);
      http::MemberStatus member;
      member.endpoint = endpoint.text();
      member.standing = text_of(verdict.members[i].standing);
      member.weight = verdict.members[i].weight;
      member.check = i < checked.size() ? text_of(checked[i].life) : "none";
      if (i < checked.size()) {
        member.reason = checked[i].why;
        if (checked[i].since > health::Time{0}) {
          member.since = std::chrono::duration_cast<std::chrono::seconds>(now - checked[i].since);
        }
      }
      if (observed != nullptr) {
        const auto found = observed->connections.find({programmed.key, endpoint.address, endpoint.port});
        if (found != observed->connections.end()) {
          member.active_connections = found->second.active;
          member.inactive_connections = found->second.inactive;
        }
      }
      status.members.push_back(std::move(member));
    }
    status.manifest = service.header.origin.line_text();
    all.push_back(std::move(status));
  }
  return all;
}

Error no_such_service(const Manifest& manifest, const Conditions& conditions, std::string_view node,
                      const ObjectName& name) {
  std::vector<std::string> names;
  for (const ProgrammedService& each : programmed_services(manifest, conditions, node)) {
    names.push_back(each.service->header.name);
    names.push_back(each.key.text());
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  return {fmt::format("this node has no service '{}'{}; `ballast explain {}` says what it is, or why not",
                      shown(name.text), suggestion(name.text, views), shown(name.text)),
          ENOENT};
}

Result<bool> parse_maintenance(const std::string& body) {
  const json request = json::parse(body, nullptr, false);
  if (request.is_object() && request.contains("on") && request["on"].is_boolean()) return request["on"].get<bool>();
  return Error{R"(expected {"on": true} or {"on": false})", 0};
}

Result<SuspendRequest> parse_suspend(const std::string& body) {
  constexpr std::size_t longest_reason = 500;
  const json request = json::parse(body, nullptr, false);
  const bool sound = request.is_object() && request.contains("on") && request["on"].is_boolean() &&
                     (!request.contains("reason") || request["reason"].is_string());
  if (!sound) return Error{R"(expected {"on": true, "reason": "TEXT"} or {"on": false})", 0};
  SuspendRequest asked{request["on"].get<bool>(), request.value("reason", std::string())};
  if (asked.reason.size() > longest_reason) {
    return Error{fmt::format("the reason is too long: {} bytes, {} are allowed", asked.reason.size(), longest_reason),
                 0};
  }
  // It is shown on terminals, in one line.
  std::replace_if(
      asked.reason.begin(), asked.reason.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; }, ' ');
  return asked;
}

Result<std::string> parse_approval(const std::string& body) {
  const json request = json::parse(body, nullptr, false);
  if (request.is_object() && request.contains("revision") && request["revision"].is_string()) {
    return request["revision"].get<std::string>();
  }
  return Error{R"(expected {"revision": "0123456789ab"})", 0};
}

Result<std::string> parse_failover(const std::string& body) {
  const json request = json::parse(body, nullptr, false);
  if (request.is_object() && request.contains("router") && request["router"].is_string()) {
    return Result<std::string>(request["router"].get<std::string>());
  }
  return Error{R"(expected {"router": "NAME"})", 0};
}

}  // namespace ballast
