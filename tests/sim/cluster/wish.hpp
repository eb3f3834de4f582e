// What the operator of a simulated cluster wants, as the simulation remembers it: the manifest's text is made from it,
// and, without a line of production code, what must then be in every kernel.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/source/snapshot.hpp"
#include "model/state.hpp"
#include "tests/sim/random.hpp"

namespace ballast::sim::cluster {

/// Machines are numbered: directors first, then real servers. Machine i has 10.0.0.(i+1); router r has 10.0.0.(100+r).
struct Layout {
  int directors = 2;
  int servers = 3;
  std::vector<std::vector<int>> priorities;  ///< by router and director

  [[nodiscard]] int machines() const { return directors + servers; }
  [[nodiscard]] int routers() const { return static_cast<int>(priorities.size()); }
  [[nodiscard]] bool is_director(int machine) const { return machine < directors; }
  [[nodiscard]] std::string name(int machine) const;
};
Layout make_layout(Random& random);
IpAddress address_of(int machine);
IpAddress vip_of(int router);

struct WishedMember {
  int machine = 0;
  std::uint32_t weight = 1;
};

struct WishedPool {
  std::vector<WishedMember> members;
  int interval_ms = 2000;
  int retries = 0;
  int rise = 1;
  int fall = 1;
  int drain_seconds = 0;
  int slow_start_seconds = 0;
  int min_healthy_percent = 0;
  bool fail_open = false;
  bool quiesce = false;
};

struct WishedService {
  int router = 0;
  std::uint16_t port = 80;
  std::string scheduler = "wrr";
  std::size_t pool = 0;
  bool sorry = false;

  [[nodiscard]] ServiceKey key() const { return {vip_of(router), Protocol::tcp, port, 0}; }
};

struct Wish {
  std::vector<WishedPool> pools;
  std::vector<WishedService> services;
  std::map<std::string, std::string> director_sysctls;
  std::optional<int> syncookies;  ///< of all machines
  int udp_timeout_seconds = 300;
  bool static_address = false;  ///< on the first director
};

/// A random one, and one a little different.
Wish make_wish(const Layout& layout, Random& random);
void change(Wish& wish, const Layout& layout, Random& random);
/// Most of the services, or most members of a pool, go; false where there is too little to take away.
bool take_away(Wish& wish, Random& random);

std::string text_of(const Layout& layout, const Wish& wish);

/// Whether going from one to the other must wait for an approval on a director.
bool takes_too_much(const Wish& before, const Wish& after);

/// What a machine's kernel must hold while all servers have been healthy for long. `masters`: its routers.
struct Expected {
  std::map<ServiceKey, Service> services;
  std::map<DestinationKey, Destination> destinations;
  std::set<AddressKey> addresses;  ///< but for VIPs that VRRP holds
  std::map<SysctlKey, SysctlValue> sysctls;
  std::uint32_t udp_timeout_seconds = 300;
};
Expected expected_of(const Layout& layout, const Wish& wish, int machine, const std::set<int>& masters);

/// A commit. Invalid ones have a text that nobody can follow.
struct Revision {
  Wish wish;
  std::string text;
  bool valid = true;
  std::shared_ptr<const Snapshot> snapshot;

  [[nodiscard]] const std::string& id() const { return snapshot->revision.id; }
};
std::shared_ptr<const Revision> make_revision(int number, const Layout& layout, Wish wish, std::string text,
                                              bool valid);
/// A text with a mistake in it.
std::string spoil(std::string text, Random& random);

}  // namespace ballast::sim::cluster
