// The API's requests, read and answered; what they mean for the node is behind Operations.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "controller/http/change_event.hpp"
#include "controller/http/node_status.hpp"
#include "controller/http/server.hpp"
#include "controller/http/typist.hpp"
#include "controller/report/explain.hpp"
#include "controller/runtime/handed_apply.hpp"
#include "controller/runtime/member_state.hpp"
#include "controller/runtime/reloaded.hpp"
#include "controller/runtime/status.hpp"

namespace ballast {

/// What can be asked of the running node. Called on the loop's thread. Errors: ENOENT, there is no such thing; EBUSY,
/// not as things stand; anything else is the node's own trouble.
class Operations {
 public:
  Operations() = default;
  virtual ~Operations() = default;
  Operations(const Operations&) = delete;
  Operations& operator=(const Operations&) = delete;

  /// `service`: only that one; empty: all. `done` is called once, now or later.
  virtual void status(const std::string& service, std::function<void(Result<http::NodeStatus>)> done) = 0;
  /// After that id.
  virtual http::EventPage events(std::uint64_t since) = 0;
  virtual Result<std::vector<Explanation>> explain(const std::string& object) = 0;
  /// What writes what the last look would change, or has changed, as `ballast diff -o json` does; in any thread.
  virtual Result<std::function<std::string()>> plan_writer() = 0;
  virtual Result<void> set_maintenance(bool on) = 0;
  /// The members that were meant.
  virtual Result<std::vector<PoolMember>> set_member(const MemberRequest& asked) = 0;
  /// `on`: nothing is applied until it is off again.
  virtual Result<void> set_suspended(const SuspendRequest& asked) = 0;
  virtual Result<void> approve(const std::string& revision) = 0;
  virtual Result<void> fail_over(const std::string& router) = 0;
  /// Looks at the manifest's source at once; `then` is called when that is done, if it is ever.
  virtual void reload(std::function<void(const Reloaded&)> then) = 0;
  /// What was handed over by `ballast apply`.
  virtual HandedApply& handed() = 0;
};

/// Opens what anyone may ask for to TCP.
Result<void> listen_for_anyone(http::Server& server, const std::vector<std::string>& addresses);

/// GET /v1/status?service=S, /v1/plan, /v1/events?since=ID, /v1/explain?object=O, /v1/apply?id=N; POST /v1/maintenance,
/// /v1/suspend, /v1/member, /v1/approve, /v1/failover, /v1/reload, /v1/apply, /v1/confirm. `node` outlives the server,
/// as does `typist`. And the page at / (controller/web).
void add_routes(http::Server& server, Operations& node, http::Typist& typist, boost::asio::io_context& loop);

}  // namespace ballast
