// The page's parts; internal to this folder.
#pragma once

#include "controller/metrics/page.hpp"

namespace ballast::metrics {

void make_router_families(const std::vector<vrrp::RouterStatus>& routers, const FamilySink& sink);
void make_look_families(const Looks& looks, const FamilySink& sink);
void make_check_families(const Values& values, const FamilySink& sink);
/// Members by health, quorum, sorry servers.
void make_service_families(const Values& values, const FamilySink& sink);
/// What the kernel counts.
void make_ipvs_families(const Values& values, const FamilySink& sink);

}  // namespace ballast::metrics
