#include "controller/http/service_status.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace ballast::http {
namespace {

using json = nlohmann::ordered_json;

json member_json(const MemberStatus& member) {
  json weight = nullptr, since = nullptr;
  if (member.weight) weight = *member.weight;
  if (member.since) since = member.since->count();
  return {{"endpoint", member.endpoint},
          {"standing", member.standing},
          {"weight", std::move(weight)},
          {"check", member.check},
          {"reason", member.reason},
          {"sinceSeconds", std::move(since)},
          {"activeConnections", member.active_connections},
          {"inactiveConnections", member.inactive_connections}};
}

MemberStatus member_from(const json& from) {
  MemberStatus member;
  from.at("endpoint").get_to(member.endpoint);
  from.at("standing").get_to(member.standing);
  from.at("check").get_to(member.check);
  from.at("reason").get_to(member.reason);
  from.at("activeConnections").get_to(member.active_connections);
  from.at("inactiveConnections").get_to(member.inactive_connections);
  if (const json& weight = from.at("weight"); !weight.is_null()) member.weight = weight.get<std::uint32_t>();
  if (const json& since = from.at("sinceSeconds"); !since.is_null()) {
    member.since = std::chrono::seconds{since.get<std::int64_t>()};
  }
  return member;
}

}  // namespace

bool ServiceStatus::ready() const {
  return quorum && !sorry_server &&
         std::any_of(members.begin(), members.end(), [](const MemberStatus& member) { return member.serves(); });
}

json service_json(const ServiceStatus& service) {
  json members = json::array();
  for (const MemberStatus& member : service.members) members.push_back(member_json(member));
  return {{"name", service.name},         {"service", service.service}, {"scheduler", service.scheduler},
          {"pool", service.pool},         {"quorum", service.quorum},   {"sorryServer", service.sorry_server},
          {"members", std::move(members)}};
}

ServiceStatus service_from(const json& from) {
  ServiceStatus service;
  from.at("name").get_to(service.name);
  from.at("service").get_to(service.service);
  from.at("scheduler").get_to(service.scheduler);
  from.at("pool").get_to(service.pool);
  from.at("quorum").get_to(service.quorum);
  from.at("sorryServer").get_to(service.sorry_server);
  for (const json& member : from.at("members")) service.members.push_back(member_from(member));
  return service;
}

}  // namespace ballast::http
