// Sync groups: nodes with several routers, each on a network of its own, that change together or not at all. A world of
// its own, smaller than world.hpp: what drifts, sleeps and lags has been shown there; here links and networks fail one
// by one.
#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <queue>

#include "controller/vrrp/sync_group.hpp"
#include "tests/sim/scenarios.hpp"
#include "tests/sim/world.hpp"

namespace ballast::sim {

using namespace vrrp;
using namespace std::chrono_literals;

namespace {

struct Member {
  Config config;
  std::unique_ptr<Machine> machine;  // null: no process
  bool linked = true;
  std::optional<Time> lease_end;
  std::uint64_t timer_generation = 0;
};

struct GroupNode {
  std::vector<Member> members;
  std::uint64_t process = 0;

  [[nodiscard]] bool runs() const { return members.front().machine != nullptr; }
  [[nodiscard]] std::size_t masters() const {
    return static_cast<std::size_t>(std::count_if(members.begin(), members.end(), [](const Member& member) {
      return member.machine && member.machine->role() == Role::master;
    }));
  }
};

class GroupWorld {
 public:
  GroupWorld(std::uint64_t seed, std::vector<std::vector<Config>> configs) : random(seed), nodes_(configs.size()) {
    for (std::size_t at = 0; at < configs.size(); ++at) {
      for (Config& config : configs[at]) nodes_[at].members.push_back({std::move(config), nullptr, true, {}, 0});
    }
    networks_ = nodes_.front().members.size();
    cut_.resize(nodes_.size() * nodes_.size() * networks_);
  }

  Random random;
  int loss_percent = 0;

  [[nodiscard]] Time now() const { return now_; }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] std::size_t networks() const { return networks_; }
  [[nodiscard]] const GroupNode& node(std::size_t at) const { return nodes_[at]; }

  void start(std::size_t at) {
    GroupNode& node = nodes_[at];
    if (node.runs()) return;
    ++node.process;
    for (Member& member : node.members) member.machine = std::make_unique<Machine>(member.config);
    for (std::size_t network = 0; network < networks_; ++network) tell_link(at, network);
    for (const Event& event : {Event{Eligibility{true, ""}}, Event{Start{}}}) {
      for (std::size_t network = 0; network < networks_; ++network) step(at, network, event);
    }
    settle_group(at);
  }

  void stop(std::size_t at) {
    if (!nodes_[at].runs()) return;
    for (std::size_t network = 0; network < networks_; ++network) step(at, network, Stop{});
    crash(at);
  }

  void crash(std::size_t at) {
    ++nodes_[at].process;
    for (Member& member : nodes_[at].members) member.machine.reset();
  }

  void tell(std::size_t at, std::size_t network, const Event& event) {
    if (!nodes_[at].runs()) return;
    step(at, network, event);
    settle_group(at);
  }

  void set_link(std::size_t at, std::size_t network, bool up) {
    nodes_[at].members[network].linked = up;
    if (!nodes_[at].runs()) return;
    tell_link(at, network);
    settle_group(at);
  }

  void cut(std::size_t from, std::size_t to, std::size_t network, bool is_cut) {
    cut_[(from * size() + to) * networks_ + network] = is_cut;
  }

  void run_until(Time when) {
    while (!queue_.empty() && queue_.top().when <= when) {
      const Entry entry = std::move(const_cast<Entry&>(queue_.top()));  // top() is const only to keep the order
      queue_.pop();
      now_ = std::max(now_, entry.when);
      entry.what();
      check();
    }
    now_ = std::max(now_, when);
    check();
  }

  [[noreturn]] void fail(const std::string& what) const {
    std::string state;
    for (std::size_t at = 0; at < size(); ++at) {
      state += "\n  node " + std::to_string(at) + ":";
      for (const Member& member : nodes_[at].members) {
        state += " " + (member.machine ? std::string(text_of(member.machine->role())) : "no process");
        if (holds(member)) state += " holds";
        if (!member.linked) state += " unlinked";
      }
    }
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now_ - begin);
    throw Violation("at " + std::to_string(ms.count()) + " ms: " + what + state);
  }
  void require(bool is, const std::string& what) const {
    if (!is) fail(what);
  }

  /// The node whose routers are all MASTER and hold their VIPs, where there is just one and no other is or holds
  /// anything.
  [[nodiscard]] std::optional<std::size_t> only_holder() const {
    std::optional<std::size_t> found;
    for (std::size_t at = 0; at < size(); ++at) {
      const auto& members = nodes_[at].members;
      const auto held =
          std::count_if(members.begin(), members.end(), [this](const Member& each) { return holds(each); });
      if (nodes_[at].masters() == 0 && held == 0) continue;
      if (found || nodes_[at].masters() != networks_ || static_cast<std::size_t>(held) != networks_)
        return std::nullopt;
      found = at;
    }
    return found;
  }

 private:
  struct Entry {
    Time when;
    std::uint64_t order;
    std::function<void()> what;
    bool operator>(const Entry& other) const { return when != other.when ? when > other.when : order > other.order; }
  };
  static constexpr Time begin = std::chrono::hours{1};

  void post(Time when, std::function<void()> what) { queue_.push({when, order_++, std::move(what)}); }

  [[nodiscard]] bool holds(const Member& member) const { return member.lease_end && now_ < *member.lease_end; }

  static IpAddress address_of(std::size_t at, std::size_t network) {
    const std::uint8_t bytes[] = {10, static_cast<std::uint8_t>(network), 0, static_cast<std::uint8_t>(at + 1)};
    return IpAddress::from_bytes(Family::ipv4, bytes);
  }

  void tell_link(std::size_t at, std::size_t network) {
    step(at, network, LinkChanged{nodes_[at].members[network].linked, address_of(at, network), ""});
  }

  void step(std::size_t at, std::size_t network, const Event& event) {
    Member& member = nodes_[at].members[network];
    for (const Action& action : member.machine->step(now_, event)) perform(at, network, action);
    arm(at, network);
  }

  /// As the plane does after each of its rounds.
  void settle_group(std::size_t at) {
    GroupNode& node = nodes_[at];
    for (std::size_t round = 0; round < 4 * networks_; ++round) {
      std::vector<vrrp::Member> members;
      for (const Member& member : node.members) members.push_back(member.machine->member());
      const auto orders = synchronise(members);
      if (orders.empty()) return;
      for (const GroupOrder& order : orders) step(at, order.member, order.event);
    }
    fail("node " + std::to_string(at) + ": its group finds no rest");
  }

  void perform(std::size_t at, std::size_t network, const Action& action) {
    Member& member = nodes_[at].members[network];
    if (const auto* sent = std::get_if<SendAdvertisement>(&action)) {
      send(at, network, *sent);
    } else if (const auto* add = std::get_if<AddAddresses>(&action)) {
      member.lease_end = now_ + add->lease + latest_expiry;
    } else if (const auto* renew = std::get_if<RenewAddresses>(&action)) {
      member.lease_end = now_ + renew->lease + latest_expiry;
    } else if (std::holds_alternative<RemoveAddresses>(action)) {
      member.lease_end.reset();
    }
  }

  void send(std::size_t at, std::size_t network, const SendAdvertisement& action) {
    const Member& member = nodes_[at].members[network];
    if (!member.linked) return;
    const IpHeaderFacts facts{address_of(at, network), multicast_group(Family::ipv4), 255, vrrp_protocol, 0};
    const auto payload =
        std::make_shared<const Bytes>(encode(member.machine->advertisement(action), member.config.group, facts));
    for (std::size_t to = 0; to < size(); ++to) {
      if (to == at || cut_[(at * size() + to) * networks_ + network] || random.chance(loss_percent)) continue;
      post(now_ + random.between(100us, 2ms), [this, to, network, payload, facts] {
        if (nodes_[to].members[network].linked) tell(to, network, Packet{*payload, facts});
      });
    }
  }

  void arm(std::size_t at, std::size_t network) {
    Member& member = nodes_[at].members[network];
    const std::uint64_t generation = ++member.timer_generation;
    const auto deadline = member.machine->next_deadline();
    if (!deadline) return;
    post(std::max(now_, *deadline) + random.between(0us, 200us), [this, at, network, generation] {
      if (nodes_[at].members[network].timer_generation == generation) tell(at, network, Timer{});
    });
  }

  /// Nobody holds without being MASTER but the dead, for the length of their lease; a group is MASTER as a whole or
  /// not.
  void check() const {
    for (std::size_t at = 0; at < size(); ++at) {
      if (!nodes_[at].runs()) continue;
      const std::string name = "node " + std::to_string(at);
      const std::size_t masters = nodes_[at].masters();
      require(masters == 0 || masters == networks_, name + ": some routers of its group are MASTER and some are not");
      for (const Member& member : nodes_[at].members) {
        require(!holds(member) || member.machine->role() == Role::master, name + " holds a VIP and is not MASTER");
      }
    }
  }

  std::vector<GroupNode> nodes_;
  std::size_t networks_ = 0;
  std::vector<bool> cut_;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue_;
  std::uint64_t order_ = 0;
  Time now_ = begin;
};

std::vector<std::vector<Config>> group_configs(Random& random, bool& same_order) {
  static constexpr std::array<int, 4> centiseconds = {10, 50, 100, 200};
  const int nodes = random.between(2, 3);
  const int networks = random.between(2, 4);
  const Centiseconds interval{centiseconds[static_cast<std::size_t>(random.between(0, 3))]};
  same_order = random.chance(80);
  std::vector<std::vector<Config>> configs(static_cast<std::size_t>(nodes));
  for (int at = 0; at < nodes; ++at) {
    for (int network = 0; network < networks; ++network) {
      Config config;
      config.name = "network" + std::to_string(network);
      config.in_sync_group = true;
      config.group.vrid = static_cast<std::uint8_t>(41 + network);
      config.group.interval = interval;
      const std::uint8_t vip[] = {10, static_cast<std::uint8_t>(network), 0, 100};
      config.group.addresses = {IpAddress::from_bytes(Family::ipv4, vip)};
      config.priority = static_cast<std::uint8_t>(same_order ? 80 + 50 * at : random.between(1, 254));
      configs[static_cast<std::size_t>(at)].push_back(config);
    }
  }
  return configs;
}

void group_trouble(GroupWorld& world) {
  Random& random = world.random;
  const std::size_t at = random.next() % world.size();
  const std::size_t network = random.next() % world.networks();
  switch (random.between(0, 8)) {
    case 0:
      world.crash(at);
      break;
    case 1:
      world.stop(at);
      break;
    case 2:
    case 3:
      world.start(at);
      break;
    case 4:
      for (std::size_t to = 0; to < world.size(); ++to) world.cut(at, to, network, random.chance(70));
      break;
    case 5:
      world.tell(
          at, network,
          PriorityChanged{world.node(at).members[network].config.priority, random.chance(50) ? "simulated" : ""});
      break;
    case 6:
      world.tell(at, network, FailoverRequested{});
      break;
    case 7:
      world.loss_percent = random.chance(50) ? random.between(0, 30) : 0;
      break;
    default:
      world.set_link(at, network, random.chance(40));
  }
}

void make_whole(GroupWorld& world) {
  world.loss_percent = 0;
  for (std::size_t at = 0; at < world.size(); ++at) {
    for (std::size_t network = 0; network < world.networks(); ++network) {
      for (std::size_t to = 0; to < world.size(); ++to) world.cut(at, to, network, false);
      world.set_link(at, network, true);
      world.tell(at, network, PriorityChanged{world.node(at).members[network].config.priority, ""});
    }
    world.start(at);
  }
}

/// The MASTER is silent on one network and heard on the others: nothing moves.
void silence_one_network(GroupWorld& world, Duration interval) {
  world.run_until(world.now() + 10 * interval + 2s);
  const auto holder = world.only_holder();
  world.require(holder.has_value(), "a calm cluster has one holder");
  const std::size_t network = world.random.next() % world.networks();
  for (std::size_t to = 0; to < world.size(); ++to) world.cut(*holder, to, network, true);
  world.run_until(world.now() + 20 * interval);
  world.require(world.only_holder() == holder, "one silent network of several moves nothing");
}

}  // namespace

void run_sync_group(std::uint64_t seed) {
  Random random(seed);
  bool same_order = true;
  auto configs = group_configs(random, same_order);
  const Duration interval = configs.front().front().group.interval;
  GroupWorld world(seed, std::move(configs));
  for (std::size_t at = 0; at < world.size(); ++at) world.start(at);
  if (same_order && random.chance(30)) silence_one_network(world, interval);
  const int troubles = random.between(3, 20);
  for (int count = 0; count < troubles; ++count) {
    world.run_until(world.now() + random.between(0ms, 5 * interval));
    group_trouble(world);
  }
  make_whole(world);
  world.run_until(world.now() + 5s + 20 * interval);
  for (std::size_t at = 0; at < world.size(); ++at) {
    const auto& members = world.node(at).members;
    const Role role = members.front().machine->role();
    world.require(std::all_of(members.begin(), members.end(),
                              [&](const Member& member) { return member.machine->role() == role; }),
                  "after healing all routers of a group have one role");
  }
  const auto holder = world.only_holder();
  world.require(holder.has_value(), "after healing one node holds the VIPs of all routers, and no other any");
  if (same_order) world.require(*holder == world.size() - 1, "the highest priority wins in the end, as a whole");
}

}  // namespace ballast::sim
