// The part of the page about services and their members.
#pragma once

#include "controller/web/view.hpp"

namespace ballast::web {

/// `every_member`: however many there are.
std::vector<ServiceView> view_services(const std::vector<http::ServiceStatus>& services, bool every_member,
                                       http::Instant now);

/// What is wrong with a service, in a few words; empty: nothing.
std::string trouble_of(const http::ServiceStatus& service);

/// The sums of all services, with charts.
void add_traffic(std::vector<Row>& facts, const std::vector<http::ServiceStatus>& services);

}  // namespace ballast::web
