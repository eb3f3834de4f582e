// What a kernel holds, as manifest documents that apply takes back without changing anything.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "reconcilers/plan.hpp"

namespace ballast {

struct ObservedManifest {
  std::vector<nlohmann::ordered_json> documents;
  std::vector<std::string> omitted;  ///< what a manifest cannot say, with the reason
};

/// `observed` must have been made with the RealServer sysctls in view (real_server_sysctls()). Addresses that are
/// neither Ballast's nor some service's are the machine's own and left out.
ObservedManifest observed_manifest(const Observation& observed, const Ownership& owned, const std::string& node);

/// The parameters that make a real server, for the observation that observed_manifest() needs.
State real_server_sysctls();

}  // namespace ballast
