// What has to be there before the controller's loop runs: a state directory in order, its listeners, the VRRP plane's
// options.
#pragma once

#include "controller/http/server.hpp"
#include "controller/runtime/runner.hpp"
#include "controller/vrrp/plane.hpp"
#include "drivers/state_dir.hpp"

namespace ballast {

/// The socket lives in the state directory, which this makes. What a killed `apply --confirm` has left is undone.
Result<void> make_state_directory(StateDir& directory);

/// On the unix socket, and where anyone may look.
Result<void> listen(http::Server& server, const StateDir& directory, const RunOptions& options);

vrrp::PlaneOptions plane_options(const RunOptions& options, const StateDir& directory, bool maintenance);

/// Why no manifest is taken by hand; empty: they are.
std::string why_not_by_hand(const RunOptions& options, bool suspended);

}  // namespace ballast
