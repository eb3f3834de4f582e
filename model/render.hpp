// Projects the cluster's manifest on one node: render(Manifest, Conditions, node) -> State.
// The VRRP gate and (with health checks) the members' health are inputs here, not ifs later. Pure; the manifest must
// have passed validate().
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "model/manifest.hpp"
#include "model/state.hpp"

namespace ballast {

/// What the projection depends on beside the manifest.
struct Conditions {
  std::set<std::string, std::less<>> master_of;  ///< VirtualRouters for which this node is MASTER
  bool vips_by_vrrp = false;            ///< the VRRP plane holds the VIPs itself: they are not part of the State
  std::set<IpAddress> local_addresses;  ///< of this node: a director that is a member of a pool is told by them
};

/// The state that the kernel of `node` shall have. Addresses of a VirtualRouter only where the node is MASTER for it.
State render(const Manifest& manifest, const Conditions& conditions, std::string_view node);

}  // namespace ballast
