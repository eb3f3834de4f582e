// One service and its members in one process: servers that die, flap, answer late or lose probes; the real table of
// checks, the real render and the real drains; a kernel that only holds what it is given. Everything follows from a
// seed.
// After every step the world compares what the kernel holds with what was really answered.
#pragma once

#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "controller/health/table.hpp"
#include "reconcilers/drain.hpp"
#include "tests/sim/random.hpp"

namespace ballast::sim::health {

using ballast::health::Duration;
using ballast::health::Time;

/// An invariant does not hold; the text says which, when and where.
struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A real server's truth.
struct Server {
  IpAddress address;
  std::uint32_t weight = 0;
  bool dead = false;
  bool wanted = true;  ///< is in the manifest
  int loss_percent = 0;
  Duration slowest{};  ///< answers take up to this long
  std::uint32_t connections = 0;
  MemberState state = MemberState::enabled;

  // What the world remembers, to compare.
  std::map<std::uint16_t, int> fails;   ///< attempts in a row, by port
  std::map<std::uint16_t, int> passes;  ///< rounds in a row
  bool been_up = false;
  Life life = Life::unknown;
  std::optional<Time> up_since;
  std::optional<Time> left;  ///< the manifest, or was drained
  std::uint32_t last_weight = 0;
};

class World {
 public:
  explicit World(std::uint64_t seed);
  /// Throws Violation.
  void run(Duration time);

 private:
  struct Attempt {
    std::uint32_t id = 0;
    std::uint32_t serial = 0;
    std::uint32_t server = 0;
    std::uint16_t port = 0;
    bool passes = false;
    bool is_void = false;  ///< its check was changed meanwhile
  };

  void make_manifest(Random& random);
  void write_members();
  void step();
  void probe();
  void answer();
  void happen();
  void choose(Server& server);
  void restart();
  void reconcile();

  void compare();
  void compare_lives();
  void compare_server(Server& server);
  void compare_pool();
  void compare_quorum();
  void compare_removal(const DestinationKey& key, const Destination& before) const;
  [[nodiscard]] bool failed_enough(const Server& server) const;
  [[nodiscard]] bool passed_enough(const Server& server) const;
  [[nodiscard]] const Destination* in_kernel(const IpAddress& address) const;
  [[nodiscard]] bool sorry_serves() const;
  Server* server_of(const IpAddress& address);
  [[noreturn]] void violate(const std::string& what) const;

  Random random_;
  Manifest manifest_;
  ServiceKey service_;
  std::vector<Server> servers_;
  std::unique_ptr<ballast::health::Table> table_;
  std::multimap<Time, Attempt> running_;
  Observation kernel_;
  Ownership owned_;
  Drains drains_;
  Time now_ = std::chrono::seconds{5000};
  Time next_tick_{};
  Time next_happening_{};
  bool had_quorum_ = true;
  bool was_unknown_ = true;  ///< of some member, at the last look
};

}  // namespace ballast::sim::health
