// Which checks a node has to run for a manifest: each check of each target once, however many services want it, and who
// depends on it.
// Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "drivers/probes/prober.hpp"
#include "model/probe_path.hpp"
#include "model/render.hpp"

namespace ballast::health {

/// One check of one target.
struct Job {
  ProbeTarget target;
  std::shared_ptr<const Check> check;
  std::optional<ThroughMember> through;  ///< of `via: vip`: the target is the VIP, its mark leads to the member
};
/// What makes two jobs one.
bool operator==(const Job& a, const Job& b);
std::size_t hash_of(const Job& job);

/// A member of a service, and the checks that it depends on: numbers into Wanted::jobs.
struct WantedMember {
  Endpoint endpoint;
  std::uint16_t own_port = 0;  ///< that the member names; 0: none
  std::uint32_t weight = 0;    ///< the manifest's
  MemberState state = MemberState::enabled;
  std::vector<std::uint32_t> jobs;
};

/// A service on this node whose pool has checks.
struct WantedService {
  std::string name;
  std::string pool;
  ServiceKey key;
  HealthPolicy policy;
  std::vector<WantedMember> members;
};

struct Wanted {
  std::vector<Job> jobs;
  std::vector<WantedService> services;
};

/// For the services that the node programs or would program as MASTER.
Wanted make_wanted(const Manifest& manifest, std::string_view node);

}  // namespace ballast::health
