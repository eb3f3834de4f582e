// Random configurations that agree with each other, as one manifest makes them.
#pragma once

#include <algorithm>

#include "tests/sim/world.hpp"

namespace ballast::sim {

struct ClusterWish {
  int nodes = 3;
  vrrp::Centiseconds interval{100};
  std::uint8_t version = 3;
  bool equal_priorities = false;
  bool preempt = true;
  Duration preempt_delay{0};
  int reference_nodes = 0;
};

inline std::vector<vrrp::Config> make_configs(const ClusterWish& wish, Random& random) {
  std::vector<vrrp::Config> configs;
  for (int at = 0; at < wish.nodes; ++at) {
    vrrp::Config config;
    config.name = "web";
    config.group.vrid = 41;
    config.group.version = wish.version;
    config.group.interval = wish.interval;
    config.group.addresses = {*IpAddress::parse("10.0.0.100")};
    // 25 apart: in a calm network the skew times keep the order.
    config.priority = static_cast<std::uint8_t>(wish.equal_priorities ? 100 : 80 + 25 * at);
    config.preempt = wish.preempt;
    config.preempt_delay = wish.preempt_delay;
    configs.push_back(config);
  }
  for (std::size_t at = configs.size(); at > 1; --at) {
    std::swap(configs[at - 1].priority, configs[random.next() % at].priority);
  }
  return configs;
}

/// The node that should win among those `that`: the highest priority, then the highest address.
template <class That>
int best_node(const World& world, That that) {
  int best = -1;
  for (int at = 0; at < world.size(); ++at) {
    if (!that(at)) continue;
    if (best < 0 || world.node(at).config.priority >= world.node(best).config.priority) best = at;
  }
  return best;
}

}  // namespace ballast::sim
