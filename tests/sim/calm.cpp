// One event in a calm network: who takes over, how fast, and for how long two hold the VIP is known exactly.
#include <array>
#include <cstdlib>

#include "tests/sim/make_cluster.hpp"
#include "tests/sim/scenarios.hpp"

namespace ballast::sim {

using namespace vrrp;
using namespace std::chrono_literals;

namespace {

constexpr Duration slack = 10ms;  // delay of the network, lateness of processes, drift over one master-down time

ClusterWish calm_wish(Random& random) {
  static constexpr std::array<int, 5> centiseconds = {10, 20, 100, 200, 500};
  ClusterWish wish;
  wish.nodes = random.between(2, 5);
  wish.version = random.chance(25) ? 2 : 3;
  const int interval = centiseconds[static_cast<std::size_t>(random.between(0, 4))];
  wish.interval = Centiseconds{wish.version == 2 ? std::max(interval, 100) : interval};
  return wish;
}

void settle(World& world, Random& random) {
  for (int at = 0; at < world.size(); ++at) {
    world.node(at).drift_ppm = random.between(-50, 50);
    world.start(at);
  }
  const Config& config = world.node(0).config;
  world.run_until(world.now() + config.preempt_delay + 3 * world.longest_master_down() +
                  random.between(0ms, config.group.interval));
  world.require(world.masters().size() == 1, "a calm cluster has one MASTER");
  for (int at = 0; at < world.size(); ++at) world.node(at).became_master = 0;
}

Duration skew_of(const World& world, int at) {
  const Config& config = world.node(at).config;
  const Duration unit = config.group.version == 2 ? Duration{1s} : Duration{config.group.interval};
  return unit * (256 - config.priority) / 256;
}

int took_over(const World& world) {
  int count = 0;
  for (int at = 0; at < world.size(); ++at) count += world.node(at).became_master;
  return count;
}

/// The VIPs of a node that stands still are gone when the next takes over, where whole seconds allow it.
Duration two_at_most(const World& world) {
  const Duration interval = world.node(0).config.group.interval;
  return interval >= 834ms ? slack : Duration{lease_for(interval) + latest_expiry};
}

int next_best(const World& world, int gone) {
  return best_node(world, [gone](int at) { return at != gone; });
}

}  // namespace

void run_planned_stop(std::uint64_t seed) {
  Random random(seed);
  World world(seed, make_configs(calm_wish(random), random), 0);
  settle(world, random);
  const int master = world.masters().front();
  const int heir = next_best(world, master);
  world.expect(Duration{0}, skew_of(world, heir) + slack);
  world.stop(master);
  world.run_until(world.now() + skew_of(world, heir) + slack);
  world.require(world.is_master(heir), "after a release the next takes over within its skew time");
  world.run_until(world.now() + 2 * world.longest_master_down());
  world.require(took_over(world) == 1, "a release makes one new MASTER");
}

void run_kill(std::uint64_t seed) {
  Random random(seed);
  World world(seed, make_configs(calm_wish(random), random), 0);
  settle(world, random);
  const int master = world.masters().front();
  const int heir = next_best(world, master);
  const Duration takes = 3 * Duration{world.node(heir).config.group.interval} + skew_of(world, heir) + slack;
  world.expect(two_at_most(world), std::nullopt);
  world.crash(master);
  world.run_until(world.now() + takes);
  world.require(world.is_master(heir), "after a kill the next takes over within its master-down time");
  world.run_until(world.now() + 2 * world.longest_master_down() + 1s + latest_expiry);
  world.require(took_over(world) == 1, "skew time lets one take over, not all");
  world.require(!world.holds(master), "the lease of a killed node has ended");
}

void run_pause(std::uint64_t seed) {
  Random random(seed);
  World world(seed, make_configs(calm_wish(random), random), 0);
  settle(world, random);
  const int at = random.chance(70) ? world.masters().front() : random.between(0, world.size() - 1);
  const bool freeze = random.chance(50);
  world.expect(two_at_most(world), std::nullopt);
  if (freeze) {
    world.freeze(at);
  } else {
    world.pause(at);
  }
  world.run_until(world.now() + std::max<Duration>(30s, 5 * world.longest_master_down()));
  world.resume(at, random.chance(50));
  world.run_until(world.now() + 3 * world.longest_master_down());
  const int best = best_node(world, [](int) { return true; });
  world.require(world.masters() == std::vector{best}, "after a pause the highest priority is MASTER again");
}

void run_split(std::uint64_t seed) {
  Random random(seed);
  ClusterWish wish = calm_wish(random);
  wish.equal_priorities = random.chance(70);
  wish.preempt = random.chance(50);
  wish.reference_nodes = random.between(0, wish.nodes - 1);
  World world(seed, make_configs(wish, random), wish.reference_nodes);
  settle(world, random);
  const int sides = random.between(1, (1 << wish.nodes) - 2);
  for (int from = 0; from < wish.nodes; ++from) {
    for (int to = 0; to < wish.nodes; ++to) world.cut(from, to, (sides >> from & 1) != (sides >> to & 1));
  }
  world.run_until(world.now() + 3 * world.longest_master_down());
  world.require(world.masters().size() == 2, "each side of a split has its MASTER");
  const int winner = best_node(world, [&world](int at) { return world.is_master(at); });
  world.heal();
  world.run_until(world.now() + Duration{wish.interval} + slack);
  world.expect(Duration{0}, Duration{0});
  world.run_until(world.now() + 3 * world.longest_master_down());
  const std::vector<int> masters = world.masters();
  world.require(masters.size() == 1 && world.holders() == masters, "one holder after a split has healed");
  world.require(masters.front() == winner, "of two MASTERs the higher priority stays, or the higher address");
}

void run_return(std::uint64_t seed) {
  Random random(seed);
  ClusterWish wish = calm_wish(random);
  wish.preempt = random.chance(60);
  wish.preempt_delay = random.chance(40) ? random.between(1s, 60s) : 0s;
  World world(seed, make_configs(wish, random), wish.reference_nodes);
  settle(world, random);
  // without preemption: whoever is MASTER now stays while the best is away and when it returns
  const int best = best_node(world, [](int) { return true; });
  world.stop(best);
  world.run_until(world.now() + 2 * world.longest_master_down() + 1s);
  const int stand_in = world.masters().front();
  world.start(best);
  const Time back = world.now();
  world.expect(slack, slack);
  if (wish.preempt_delay > 0s) {
    world.run_until(back + wish.preempt_delay - 10ms);
    world.require(!wish.preempt || world.masters() == std::vector{stand_in}, "a lower MASTER is endured for the delay");
  }
  world.run_until(back + wish.preempt_delay + 2 * world.longest_master_down() + 1s);
  const int expected = wish.preempt ? best : stand_in;
  world.require(world.masters() == std::vector{expected},
                wish.preempt ? "the best preempts" : "without preemption the stand-in stays");
}

}  // namespace ballast::sim
