// `ballast status` for people: a headline that says whether all is well, then what is wrong, then routers, services,
// what others changed, and what others made. What is wrong stands first everywhere, and long lists are counted.
#pragma once

#include <chrono>
#include <string>

#include "controller/http/node_status.hpp"
#include "controller/report/terminal.hpp"

namespace ballast {

/// `one_service`: the status has only services that were asked for, and of the rest only the headline is of interest.
std::string status_text(const http::NodeStatus& status, std::chrono::system_clock::time_point now,
                        const Palette& palette, bool one_service = false);

/// "12s", "3m12s", "5h03m", "12d4h"
std::string age_text(std::chrono::seconds age);

}  // namespace ballast
