// `ballast status` for people: a headline that says whether all is well, one line for each router, and below it only
// what is wrong with it.
#pragma once

#include <chrono>
#include <string>

#include "controller/http/node_status.hpp"
#include "controller/report/terminal.hpp"

namespace ballast {

std::string status_text(const http::NodeStatus& status, std::chrono::system_clock::time_point now,
                        const Palette& palette);

/// "12s", "3m12s", "5h03m", "12d4h"
std::string age_text(std::chrono::seconds age);

}  // namespace ballast
