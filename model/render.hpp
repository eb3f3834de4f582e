// Projects the cluster's manifest on one node: render(Manifest, Conditions, node) -> State.
// The VRRP gate and (with health checks) the members' health are inputs here, not ifs later. Pure; the manifest must
// have passed validate().
#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "model/health.hpp"
#include "model/manifest.hpp"
#include "model/state.hpp"

namespace ballast {

/// What the projection depends on beside the manifest.
struct Conditions {
  std::set<std::string, std::less<>> master_of;  ///< VirtualRouters for which this node is MASTER
  bool vips_by_vrrp = false;            ///< the VRRP plane holds the VIPs itself: they are not part of the State
  std::set<IpAddress> local_addresses;  ///< of this node: a director that is a member of a pool is told by them
  Health health;
};

/// The state that the kernel of `node` shall have. Addresses of a VirtualRouter only where the node is MASTER for it.
State render(const Manifest& manifest, const Conditions& conditions, std::string_view node);

/// What the kernel knows the service by.
ServiceKey service_key_of(const VirtualService& service);

/// A service and its pool, programmed on a node. Points into the manifest.
struct ProgrammedService {
  ServiceKey key;
  const VirtualService* service = nullptr;
  const Pool* pool = nullptr;
};

/// The services of render()'s State.
std::vector<ProgrammedService> programmed_services(const Manifest& manifest, const Conditions& conditions,
                                                   std::string_view node);
/// Those that the node programs while MASTER of all its VirtualRouters: what it checks, for it may become MASTER at any
/// time.
std::vector<ProgrammedService> possible_services(const Manifest& manifest, std::string_view node);

/// How a service's members leave.
struct DrainRule {
  std::chrono::milliseconds time{};  ///< above 0
  std::set<Endpoint> drained;        ///< by the operator: wanted at weight 0, but only while they have connections
  std::set<Endpoint> failed;         ///< leave at once: their connections lead nowhere
};
using DrainRules = std::map<ServiceKey, DrainRule>;

/// Of the services in render()'s State whose pool drains.
DrainRules drain_rules(const Manifest& manifest, const Conditions& conditions, std::string_view node);

}  // namespace ballast
