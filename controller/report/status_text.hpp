// `ballast status` for people: a headline that says whether all is well, then what is wrong, then routers, services,
// what others changed, and what others made. What is wrong stands first everywhere, and long lists are counted.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "controller/http/node_status.hpp"
#include "controller/report/terminal.hpp"

namespace ballast {

/// `one_service`: the status has only services that were asked for, and of the rest only the headline is of interest.
std::string status_text(const http::NodeStatus& status, std::chrono::system_clock::time_point now,
                        const Palette& palette, bool one_service = false);

struct Remark {
  Colour colour = Colour::none;
  std::string text;
};
/// Whether the node is ready, and what is not: "NOT READY, 1 of 2 services not ready"
Remark headline_of(const http::NodeStatus& status);

Remark role_of(const http::RouterStatus& router);
/// "80 of 100" where tracking has lowered it.
std::string priority_text(const http::RouterStatus& router);
/// "this node", "192.0.2.9 (150)"
std::string master_text(const http::RouterStatus& router);
/// First what is wrong.
std::vector<Remark> remarks_of(const http::RouterStatus& router);

/// "12s", "3m12s", "5h03m", "12d4h"
std::string age_text(std::chrono::seconds age);

}  // namespace ballast
