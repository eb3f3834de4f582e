// Between the runtime and the API: what the plane says as the API's document, and the requests that change something.
#pragma once

#include <string>
#include <vector>

#include "controller/http/node_status.hpp"
#include "controller/vrrp/plane.hpp"

namespace ballast {

http::RouterStatus router_status(const vrrp::RouterStatus& router);

/// {"on": true}
Result<bool> parse_maintenance(const std::string& body);
/// {"router": "web"}
Result<std::string> parse_failover(const std::string& body);

}  // namespace ballast
