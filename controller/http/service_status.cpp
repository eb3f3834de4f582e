#include "controller/http/service_status.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace ballast::http {
namespace {

using json = nlohmann::ordered_json;

json rates_json(const std::optional<Rates>& rates) {
  if (!rates) return nullptr;
  return {{"connectionsPerSecond", rates->connections},
          {"packetsInPerSecond", rates->packets_in},
          {"packetsOutPerSecond", rates->packets_out},
          {"bytesInPerSecond", rates->bytes_in},
          {"bytesOutPerSecond", rates->bytes_out}};
}

std::optional<Rates> rates_from(const json& from) {
  if (from.is_null()) return std::nullopt;
  return Rates{from.at("connectionsPerSecond"), from.at("packetsInPerSecond"), from.at("packetsOutPerSecond"),
               from.at("bytesInPerSecond"), from.at("bytesOutPerSecond")};
}

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
          {"inactiveConnections", member.inactive_connections},
          {"rates", rates_json(member.rates)}};
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
  if (from.contains("rates")) member.rates = rates_from(from["rates"]);
  return member;
}

}  // namespace

Rates& Rates::operator+=(const Rates& more) {
  connections += more.connections;
  packets_in += more.packets_in;
  packets_out += more.packets_out;
  bytes_in += more.bytes_in;
  bytes_out += more.bytes_out;
  return *this;
}

bool ServiceStatus::ready() const {
  return quorum && !sorry_server &&
         std::any_of(members.begin(), members.end(), [](const MemberStatus& member) { return member.serves(); });
}

std::uint64_t ServiceStatus::active_connections() const {
  std::uint64_t sum = 0;
  for (const MemberStatus& member : members) sum += member.active_connections;
  return sum;
}

std::uint64_t ServiceStatus::inactive_connections() const {
  std::uint64_t sum = 0;
  for (const MemberStatus& member : members) sum += member.inactive_connections;
  return sum;
}

std::size_t ServiceStatus::serving() const {
  return static_cast<std::size_t>(
      std::count_if(members.begin(), members.end(), [](const MemberStatus& member) { return member.serves(); }));
}

bool ServiceStatus::well() const {
  return ready() &&
         std::all_of(members.begin(), members.end(), [](const MemberStatus& member) { return member.well(); });
}

json service_json(const ServiceStatus& service) {
  json members = json::array();
  for (const MemberStatus& member : service.members) members.push_back(member_json(member));
  return {{"name", service.name},         {"service", service.service},         {"scheduler", service.scheduler},
          {"pool", service.pool},         {"quorum", service.quorum},           {"sorryServer", service.sorry_server},
          {"manifest", service.manifest}, {"rates", rates_json(service.rates)}, {"members", std::move(members)}};
}

ServiceStatus service_from(const json& from) {
  ServiceStatus service;
  from.at("name").get_to(service.name);
  from.at("service").get_to(service.service);
  from.at("scheduler").get_to(service.scheduler);
  from.at("pool").get_to(service.pool);
  from.at("quorum").get_to(service.quorum);
  from.at("sorryServer").get_to(service.sorry_server);
  if (from.contains("manifest")) from["manifest"].get_to(service.manifest);
  if (from.contains("rates")) service.rates = rates_from(from["rates"]);
  for (const json& member : from.at("members")) service.members.push_back(member_from(member));
  return service;
}

}  // namespace ballast::http
