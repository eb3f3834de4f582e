// The part of `ballast status` that speaks of services and their members: what is wrong first, and of thousands of
// services that are well only the busiest.
#pragma once

#include <string>
#include <vector>

#include "controller/http/service_status.hpp"
#include "controller/report/terminal.hpp"

namespace ballast {

/// `every_member`: also of services with very many. Empty where there are no services.
std::string services_text(const std::vector<http::ServiceStatus>& services, const Palette& palette,
                          bool every_member = false);

/// "1,000 services: 1 NOT READY, 1 short of members; 9,990 of 10,000 members serve; 350 connections, 12 new/s, ..."
std::string services_summary(const std::vector<http::ServiceStatus>& services);

/// Three digits at most: "0", "0.4", "12", "1.2k", "34M".
std::string compact(double number);

/// "1 service", "2 services"
std::string plural(std::uint64_t count, std::string_view one);

}  // namespace ballast
