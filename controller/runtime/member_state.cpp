#include "controller/runtime/member_state.hpp"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ballast {
namespace {

using nlohmann::json;

constexpr const char* expected =
    R"(expected {"address": "192.0.2.3", "port": 80, "pool": "web", "state": "enabled|drain|down|manifest"}, )"
    "where port and pool may lack";

}  // namespace

std::string_view text_of(MemberState state) {
  return state == MemberState::drain ? "drain" : state == MemberState::down ? "down" : "enabled";
}

Result<MemberRequest> parse_member_request(const std::string& body) {
  const json request = json::parse(body, nullptr, false);
  if (!request.is_object() || !request.contains("address") || !request.contains("state")) return Error{expected, 0};
  MemberRequest member;
  for (const auto& [name, value] : request.items()) {
    if (name == "address" && value.is_string()) {
      const auto address = IpAddress::parse(value.get<std::string>());
      if (!address) return Error{fmt::format("'{}' is not an IP address", value.get<std::string>()), 0};
      member.address = *address;
    } else if (name == "port" && value.is_number_unsigned() && value.get<std::uint64_t>() <= 65535) {
      member.port = value.get<std::uint16_t>();
    } else if (name == "pool" && value.is_string()) {
      member.pool = value.get<std::string>();
    } else if (name == "state" && value == "manifest") {
      member.state.reset();
    } else if (name == "state" && value == "enabled") {
      member.state = MemberState::enabled;
    } else if (name == "state" && value == "drain") {
      member.state = MemberState::drain;
    } else if (name == "state" && value == "down") {
      member.state = MemberState::down;
    } else {
      return Error{expected, 0};
    }
  }
  return member;
}

std::string member_request_json(const MemberRequest& request) {
  json body = {{"address", request.address.text()}};
  if (request.port) body["port"] = *request.port;
  if (!request.pool.empty()) body["pool"] = request.pool;
  body["state"] = request.state ? text_of(*request.state) : "manifest";
  return body.dump();
}

Result<std::vector<PoolMember>> find_members(const Manifest& manifest, const MemberRequest& request) {
  std::vector<PoolMember> found;
  std::vector<std::string_view> pools;
  for (const Pool& pool : manifest.pools) {
    pools.push_back(pool.header.name);
    if (!request.pool.empty() && pool.header.name != request.pool) continue;
    for (const Member& member : pool.members) {
      const std::uint16_t port = member.port ? member.port->value : std::uint16_t{0};
      const bool meant = member.address.value == request.address && (!request.port || *request.port == port);
      if (meant) found.push_back({pool.header.name, member.address.value, port});
    }
  }
  if (!found.empty()) return found;
  const bool pool_exists = std::find(pools.begin(), pools.end(), request.pool) != pools.end();
  if (!request.pool.empty() && !pool_exists) {
    return Error{fmt::format("no Pool is called '{}'{}", request.pool, suggestion(request.pool, pools)), ENOENT};
  }
  return Error{fmt::format("no {} has the member {}", request.pool.empty() ? "pool" : "such pool",
                           request.port ? endpoint_text(request.address, *request.port) : request.address.text()),
               ENOENT};
}

}  // namespace ballast
