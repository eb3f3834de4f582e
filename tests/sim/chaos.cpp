// Everything that can go wrong, at random; then the network heals, and order must return by itself.
#include <array>

#include "tests/sim/make_cluster.hpp"
#include "tests/sim/scenarios.hpp"

namespace ballast::sim {

using namespace vrrp;
using namespace std::chrono_literals;

namespace {

ClusterWish any_wish(Random& random) {
  static constexpr std::array<int, 8> centiseconds = {1, 2, 10, 50, 100, 100, 200, 500};
  ClusterWish wish;
  wish.nodes = random.between(2, 5);
  wish.version = random.chance(20) ? 2 : 3;
  wish.interval = Centiseconds{centiseconds[static_cast<std::size_t>(random.between(0, 7))]};
  if (wish.version == 2) wish.interval = Centiseconds{100 * random.between(1, 3)};
  wish.equal_priorities = random.chance(20);
  wish.preempt = random.chance(70);
  wish.preempt_delay = random.chance(20) ? random.between(1s, 10s) : 0s;
  wish.reference_nodes = random.chance(25) ? random.between(1, wish.nodes - 1) : 0;
  return wish;
}

void part(World& world, bool one_way) {
  const int side = world.random.between(1, (1 << world.size()) - 2);
  for (int from = 0; from < world.size(); ++from) {
    for (int to = 0; to < world.size(); ++to) {
      const bool across = (side >> from & 1) != (side >> to & 1);
      world.cut(from, to, across && (!one_way || (side >> from & 1) != 0));
    }
  }
}

void process_trouble(World& world, int at) {
  Random& random = world.random;
  switch (random.between(0, 5)) {
    case 0:
      world.crash(at);
      break;
    case 1:
      world.stop(at);
      break;
    case 2:
      world.pause(at);
      break;
    case 3:
      world.freeze(at);
      break;
    default:
      world.start(at);
      world.resume(at, random.chance(50));
      break;
  }
}

void node_trouble(World& world, int at) {
  Random& random = world.random;
  Node& node = world.node(at);
  switch (random.between(0, 5)) {
    case 0:
      world.set_link(at, random.chance(50));
      break;
    case 1:
      node.maintenance = random.chance(30);
      world.tell(at, Maintenance{node.maintenance});
      break;
    case 2:
      world.tell(at, FailoverRequested{});
      break;
    case 3:
      world.tell(at, Eligibility{random.chance(60), "simulated"});
      break;
    case 4: {
      const auto priority = static_cast<std::uint8_t>(random.between(1, 254));
      world.tell(at, PriorityChanged{priority, random.chance(30) ? "simulated" : ""});
      break;
    }
    default:
      node.adding_fails = random.chance(30);
      break;
  }
}

void network_trouble(World& world) {
  Random& random = world.random;
  switch (random.between(0, 3)) {
    case 0:
      part(world, false);
      break;
    case 1:
      part(world, true);
      break;
    case 2:
      world.heal();
      break;
    default:
      world.weather = {random.between(0, 40), random.between(0, 20), 50us, random.between(1ms, 200ms),
                       random.between(0ms, 20ms)};
  }
}

void trouble(World& world) {
  const int at = world.random.between(0, world.size() - 1);
  const int kind = world.random.between(0, 9);
  if (kind < 3) {
    network_trouble(world);
  } else if (world.node(at).reference) {
    // has no leases: what it holds when it is killed, it holds for ever
    if (world.random.chance(50)) world.stop(at);
    world.start(at);
  } else if (kind < 7) {
    process_trouble(world, at);
  } else {
    node_trouble(world, at);
  }
}

void calm_down(World& world) {
  world.heal();
  world.weather = Weather{};
  for (int at = 0; at < world.size(); ++at) {
    Node& node = world.node(at);
    node.adding_fails = node.maintenance = false;
    world.resume(at, world.random.chance(50));
    world.set_link(at, true);
    world.tell(at, Maintenance{false});
    world.tell(at, Eligibility{true, ""});
    world.tell(at, PriorityChanged{node.config.priority, ""});
    // a router that waits to try its addresses again may wait a minute
    if (world.runs(at) && node.router->role() == Role::fault) world.stop(at);
    world.start(at);
  }
}

}  // namespace

void run_chaos(std::uint64_t seed) {
  Random random(seed);
  const ClusterWish wish = any_wish(random);
  std::vector<Config> configs = make_configs(wish, random);
  // VRRPv3 lets the nodes of a group differ in their intervals.
  if (wish.version == 3 && random.chance(20)) {
    for (Config& config : configs) config.group.interval = random.between(1, 4) * wish.interval;
  }
  World world(seed, std::move(configs), wish.reference_nodes);
  for (int at = 0; at < world.size(); ++at) {
    world.node(at).drift_ppm = random.between(-5000, 5000);
    world.start(at);
  }
  const Duration down = world.longest_master_down();
  const int troubles = random.between(5, 25);
  for (int count = 0; count < troubles; ++count) {
    world.run_until(world.now() + random.between(0ms, random.chance(30) ? 4 * down : down));
    trouble(world);
  }

  calm_down(world);
  // What was on its way arrives, leases of the dead end, MASTERs hear each other.
  const Duration drift = down / 50;
  world.run_until(world.now() + std::max<Duration>(down, lease_for(4 * wish.interval) + latest_expiry) + drift);
  world.expect(20ms, std::nullopt);
  world.run_until(world.now() + 250ms + down + drift);
  world.expect(20ms, 20ms);
  world.run_until(world.now() + wish.preempt_delay + 2 * down);

  const std::vector<int> masters = world.masters();
  world.require(masters.size() == 1, "one MASTER after healing");
  world.require(world.holders() == masters, "the MASTER and nobody else holds the VIP");
  if (wish.preempt) {
    const int best = best_node(world, [](int) { return true; });
    world.require(world.node(masters.front()).config.priority == world.node(best).config.priority,
                  "with preemption the highest priority wins in the end");
  }
}

}  // namespace ballast::sim
