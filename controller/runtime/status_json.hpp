// The API's documents: /v1/status, and what the requests that change something carry.
#pragma once

#include <string>
#include <vector>

#include "controller/vrrp/plane.hpp"

namespace ballast {

struct NodeCondition {
  std::string node;
  bool maintenance = false;
  bool eligible = false;
  std::string reason;  ///< why it is not
};

std::string status_json(const NodeCondition& node, const std::vector<vrrp::RouterStatus>& routers);

/// {"on": true}
Result<bool> parse_maintenance(const std::string& body);
/// {"router": "web"}
Result<std::string> parse_failover(const std::string& body);

}  // namespace ballast
