// The request that changes what the operator wants of a member at run time: POST /v1/member.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/health.hpp"
#include "model/result.hpp"

namespace ballast {

std::string_view text_of(MemberState state);  ///< "drain"

struct MemberRequest {
  IpAddress address;
  std::optional<std::uint16_t> port;  ///< only members that name this port
  std::string pool;                   ///< only of that pool; empty: of all
  std::optional<MemberState> state;   ///< nullopt: what the manifest says
};

/// {"address": "192.0.2.3", "port": 80, "pool": "web", "state": "drain"}; port and pool may lack, state may be
/// "manifest".
Result<MemberRequest> parse_member_request(const std::string& body);
std::string member_request_json(const MemberRequest& request);

/// The members that are meant. None is an error that names what there is.
Result<std::vector<PoolMember>> find_members(const Manifest& manifest, const MemberRequest& request);

}  // namespace ballast
