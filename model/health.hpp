// The health of pools' members as render takes it, and what follows from it for each service: which members serve with
// what weight, whether the quorum is lost, whether the sorry server serves.
// Pure: what was found out, and when, comes in. Nothing known means healthy, so that apply and diff without a
// controller program everything.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/manifest.hpp"

namespace ballast {

/// A member as one service has it: the port is the service's where the member names none.
struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;

  [[nodiscard]] std::string text() const { return endpoint_text(address, port); }
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

/// A member as the manifest has it.
struct PoolMember {
  std::string pool;
  IpAddress address;
  std::uint16_t port = 0;  ///< 0 where the member names none

  friend auto operator<=>(const PoolMember&, const PoolMember&) = default;
};

/// unknown: not checked yet, and no reason to believe that it works.
enum class Life : std::uint8_t { unknown, up, down };
std::string_view text_of(Life life);

struct MemberHealth {
  Life life = Life::up;
  std::uint16_t permille = 1000;        ///< of its weight: less while it starts slowly
  std::optional<std::uint32_t> weight;  ///< that a script asks for, instead of the manifest's
  /// Smaller for those that failed earlier. 0: was never up since it is known, so it is not taken out either.
  std::uint64_t failed = 0;

  friend bool operator==(const MemberHealth&, const MemberHealth&) = default;
};

struct ServiceHealth {
  std::map<Endpoint, MemberHealth> members;  ///< absent: up with all its weight
  bool quorum = true;

  friend bool operator==(const ServiceHealth&, const ServiceHealth&) = default;
};

struct Health {
  std::map<std::string, ServiceHealth, std::less<>> services;  ///< by name; absent: all up
  std::map<PoolMember, MemberState> states;                    ///< set at run time, instead of the manifest's

  friend bool operator==(const Health&, const Health&) = default;
};

/// What becomes of a member in one service.
enum class Standing : std::uint8_t {
  serving,    ///< up
  kept,       ///< failed, but minHealthy lets no further member go
  open,       ///< failed as all others did: failOpen
  no_quorum,  ///< up, but the sorry server serves: no new connections
  failed,
  unknown,
  draining,  ///< by the operator
  disabled,  ///< by the operator
};
std::string_view text_of(Standing standing);

struct MemberVerdict {
  Standing standing = Standing::serving;
  std::optional<std::uint32_t> weight;  ///< in the kernel; nullopt: not there

  friend bool operator==(const MemberVerdict&, const MemberVerdict&) = default;
};

struct ServiceVerdict {
  std::vector<MemberVerdict> members;  ///< in the pool's order
  bool sorry = false;                  ///< the sorry server serves

  friend bool operator==(const ServiceVerdict&, const ServiceVerdict&) = default;
};

/// The port under which the service has the member.
Endpoint endpoint_of(const VirtualService& service, const Member& member);

/// What the operator wants of a member: what was said at run time, else the manifest's.
MemberState state_of(const Health& health, const Pool& pool, const Member& member);

/// How many members checks have found to be down in any service.
std::size_t failed_members(const Health& health);

ServiceVerdict judge(const VirtualService& service, const Pool& pool, const Health& health);

/// Lost below quorum - hysteresis, regained at quorum + hysteresis. `previous` is nullopt in the beginning, when only
/// the quorum itself counts. `weight`: of the members that are up and enabled, as keepalived counts it.
bool next_quorum(std::optional<bool> previous, std::uint64_t weight, const HealthPolicy& policy);

}  // namespace ballast
