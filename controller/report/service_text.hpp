// The part of `ballast status` that speaks of services and their members.
#pragma once

#include <string>
#include <vector>

#include "controller/http/service_status.hpp"
#include "controller/report/terminal.hpp"

namespace ballast {

/// Each service with its members beneath it; of a service with many members only those that something is wrong with.
/// Empty where there are none.
std::string services_text(const std::vector<http::ServiceStatus>& services, const Palette& palette);

}  // namespace ballast
