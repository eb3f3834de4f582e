#include "tests/sim/world.hpp"

#include <algorithm>

namespace ballast::sim {

using namespace vrrp;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t socket_holds = 64;
constexpr Duration earliest_expiry = milliseconds{40};

}  // namespace

World::World(std::uint64_t seed, std::vector<Config> configs, int reference_nodes) : random(seed) {
  nodes_.resize(configs.size());
  cut_.resize(configs.size() * configs.size());
  for (int at = 0; at < size(); ++at) {
    const std::uint8_t bytes[] = {10, 0, 0, static_cast<std::uint8_t>(at + 1)};
    node(at).config = std::move(configs[static_cast<std::size_t>(at)]);
    node(at).address = IpAddress::from_bytes(Family::ipv4, bytes);
    node(at).reference = at < reference_nodes;
    node(at).clock_offset = random.between(Duration{0}, std::chrono::hours{100});
  }
}

// ---- time ----

Time World::local(const Node& node) const {
  const double run = static_cast<double>((now_ - node.clock_lost).count());
  return node.clock_offset + Time(static_cast<std::int64_t>(run * (1 + node.drift_ppm * 1e-6)));
}

Time World::global(const Node& node, Time local_time) const {
  const double run = static_cast<double>((local_time - node.clock_offset).count()) / (1 + node.drift_ppm * 1e-6);
  return Time(static_cast<std::int64_t>(run) + 1) + node.clock_lost;
}

void World::run_until(Time when) {
  while (!queue_.empty() && queue_.top().when <= when) {
    const Entry entry = std::move(const_cast<Entry&>(queue_.top()));  // top() is const only to keep the order
    queue_.pop();
    now_ = std::max(now_, entry.when);
    entry.what();
    for (int at = 0; at < size(); ++at) check_node(at);
    check_holders();
  }
  now_ = std::max(now_, when);
  check_holders();
}

std::optional<Time> World::next_event() const {
  return queue_.empty() ? std::nullopt : std::optional(queue_.top().when);
}

void World::arm(int at) {
  Node& node = this->node(at);
  const std::uint64_t generation = ++node.timer_generation;
  if (!runs(at)) return;
  const auto deadline = node.router->next_deadline();
  if (!deadline) return;
  const Time when = std::max(now_, global(node, *deadline)) + random.between(Duration{0}, weather.late_most);
  post(when, [this, at, generation] {
    if (generation == this->node(at).timer_generation && runs(at)) step(at, Timer{});
  });
}

// ---- processes ----

void World::start(int at) {
  Node& node = this->node(at);
  if (node.router) return;
  ++node.process;
  node.added = false;
  if (node.reference) {
    node.router = std::make_unique<ReferenceRouter>(node.config);
  } else {
    node.router = std::make_unique<OurRouter>(node.config);
  }
  step(at, LinkChanged{node.linked, node.address, ""});
  step(at, Maintenance{node.maintenance});
  step(at, Start{});
  if (!node.serves) return;
  const std::uint64_t process = node.process;
  post(now_ + random.between(Duration{0}, milliseconds{50}), [this, at, process] {
    if (process == this->node(at).process) tell(at, Eligibility{true, ""});
  });
}

void World::stop(int at) {
  if (!runs(at)) return;
  step(at, Stop{});
  crash(at);
}

void World::crash(int at) {
  Node& node = this->node(at);
  if (!node.router) return;
  if (!node.stopped) node.ended = now_;
  if (node.frozen) node.lease_end.reset();  // switched off
  node.router.reset();
  node.socket.clear();
  node.stopped = node.frozen = false;
  ++node.process;
}

void World::pause(int at) {
  Node& node = this->node(at);
  if (!runs(at)) return;
  node.stopped = true;
  node.ended = now_;
  node.role_at_pause = node.router->role();
}

void World::freeze(int at) {
  pause(at);
  node(at).frozen = node(at).stopped;
}

void World::resume(int at, bool clock_jumped) {
  Node& node = this->node(at);
  if (!node.router || !node.stopped) return;
  const Duration length = now_ - node.ended;
  const bool hidden = node.frozen && !clock_jumped;
  if (hidden) {
    // Neither the clock nor the kernel's timers saw it pass.
    node.clock_lost += length;
    if (node.lease_end) *node.lease_end += length;
  }
  node.stopped = node.frozen = false;
  node.resumed = now_;
  in_resume_ = true;
  if (hidden) step(at, PauseDetected{length});
  read_socket(at);
  step(at, Timer{});
  in_resume_ = false;
}

void World::tell(int at, const Event& event) {
  if (runs(at)) step(at, event);
}

void World::set_link(int at, bool up) {
  node(at).linked = up;
  tell(at, LinkChanged{up, node(at).address, ""});
}

void World::heal() {
  std::fill(cut_.begin(), cut_.end(), false);
}

void World::step(int at, const Event& event) {
  Node& node = this->node(at);
  const Role before = node.router->role();
  const std::uint64_t pauses = node.router->pauses();
  const std::vector<Action> actions = node.router->step(local(node), event);
  if (in_resume_) check_looks_first(at, actions);
  if (!in_resume_ && node.router->pauses() != pauses) {
    fail("node " + std::to_string(at) + " sees a pause where none was");
  }
  if (node.router->role() != Role::master) node.added = false;
  if (node.router->role() == Role::master && before != Role::master) ++node.became_master;
  for (const Action& action : actions) {
    perform(at, action);
    if (watcher) watcher(at, action);
  }
  arm(at);
}

void World::perform(int at, const Action& action) {
  if (const auto* advertisement = std::get_if<SendAdvertisement>(&action)) {
    send(at, *advertisement);
  } else if (const auto* add = std::get_if<AddAddresses>(&action)) {
    if (!node(at).adding_fails) hold(at, add->lease);
    answer_addresses(at, true);
  } else if (const auto* renew = std::get_if<RenewAddresses>(&action)) {
    if (!node(at).adding_fails) hold(at, renew->lease);
    if (node(at).adding_fails) answer_addresses(at, false);
  } else if (std::holds_alternative<RemoveAddresses>(action)) {
    node(at).lease_end.reset();
  }
}

/// A renewal is answered only where it failed.
void World::answer_addresses(int at, bool added) {
  const std::uint64_t process = node(at).process;
  const bool fails = node(at).adding_fails;
  if (!added) node(at).added = false;
  post(now_ + random.between(Duration{0}, milliseconds{3}), [this, at, process, fails] {
    if (process != node(at).process || !runs(at) || node(at).router->role() != Role::master) return;
    node(at).added = !fails;
    step(at, fails ? Event{AddressesFailed{"simulated"}} : Event{AddressesAdded{}});
  });
}

void World::hold(int at, std::chrono::seconds lease) {
  node(at).lease_end = now_ + lease + random.between(earliest_expiry, latest_expiry);
  post(*node(at).lease_end, [] {});  // so that it is looked at when it ends
}

// ---- network ----

void World::send(int at, const SendAdvertisement& send) {
  const Node& from = node(at);
  if (!from.linked) return;
  const IpHeaderFacts facts{from.address, multicast_group(Family::ipv4), 255, vrrp_protocol, 0};
  const auto packet = std::make_shared<const SentPacket>(
      SentPacket{encode(from.router->advertisement(send), from.config.group, facts), facts});
  for (int to = 0; to < size(); ++to) {
    if (to == at || cut_[index(at, to)]) continue;
    const int copies = random.chance(weather.duplicate_percent) ? 2 : 1;
    for (int copy = 0; copy < copies; ++copy) {
      if (random.chance(weather.loss_percent)) continue;
      post(now_ + random.between(weather.delay_least, weather.delay_most), [this, to, packet] { deliver(to, packet); });
    }
  }
}

void World::deliver(int to, const std::shared_ptr<const SentPacket>& packet) {
  Node& node = this->node(to);
  if (!node.router || !node.linked || node.frozen || node.socket.size() >= socket_holds) return;
  node.socket.push_back(packet);
  if (!node.stopped) read_socket(to);
}

void World::read_socket(int at) {
  while (runs(at) && !node(at).socket.empty()) {
    const auto packet = node(at).socket.front();
    node(at).socket.pop_front();
    step(at, Packet{packet->payload, packet->facts});
  }
}

// ---- what can be seen ----

bool World::holds(int at) const {
  const Node& node = this->node(at);
  return node.lease_end && now_ < *node.lease_end && !node.frozen;
}

std::vector<int> World::masters() const {
  std::vector<int> found;
  for (int at = 0; at < size(); ++at) {
    if (is_master(at)) found.push_back(at);
  }
  return found;
}

std::vector<int> World::holders() const {
  std::vector<int> found;
  for (int at = 0; at < size(); ++at) {
    if (holds(at)) found.push_back(at);
  }
  return found;
}

}  // namespace ballast::sim
