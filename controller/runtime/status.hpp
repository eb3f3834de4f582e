// Between the runtime and the API: what the plane says as the API's document, and the requests that change something.
#pragma once

#include <string>
#include <vector>

#include "controller/health/plane.hpp"
#include "controller/http/node_status.hpp"
#include "controller/object_name.hpp"
#include "controller/source/snapshot.hpp"
#include "controller/vrrp/plane.hpp"
#include "model/render.hpp"
#include "reconcilers/plan.hpp"

namespace ballast {

/// `at`: when it was read, or put in force.
http::RevisionStatus revision_status(const Revision& revision, std::chrono::sys_time<std::chrono::milliseconds> at);

http::RouterStatus router_status(const vrrp::RouterStatus& router);

/// The services that the node programs, their members as health has them, with the connections that were seen last.
/// `wanted`: only those that it means; null: all.
std::vector<http::ServiceStatus> service_statuses(const Manifest& manifest, const Conditions& conditions,
                                                  std::string_view node, const health::Plane& checks,
                                                  const Observation* observed, const ObjectName* wanted = nullptr);

/// That no service of the node is called so, and what may have been meant.
Error no_such_service(const Manifest& manifest, const Conditions& conditions, std::string_view node,
                      const ObjectName& name);

/// {"on": true}
Result<bool> parse_maintenance(const std::string& body);
struct SuspendRequest {
  bool on = false;
  std::string reason;
};
/// {"on": true, "reason": "TEXT"}; the reason may be left out.
Result<SuspendRequest> parse_suspend(const std::string& body);
/// {"revision": "0123456789ab"}
Result<std::string> parse_approval(const std::string& body);
/// {"router": "web"}
Result<std::string> parse_failover(const std::string& body);

}  // namespace ballast
