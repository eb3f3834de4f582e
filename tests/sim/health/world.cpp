// What happens: probes and answers, deaths and returns, manifests, operators and restarts.
#include "tests/sim/health/world.hpp"

namespace ballast::sim::health {

using namespace std::chrono_literals;

namespace {

const IpAddress sorry_address = *IpAddress::parse("10.0.9.9");

template <class T>
Located<T> at(T value) {
  return {value, {}};
}

Check make_check(Random& random) {
  Check check;
  check.kind = TcpCheck{at<std::chrono::milliseconds>(500ms)};
  check.interval = at<std::chrono::milliseconds>(std::chrono::milliseconds(random.between(5, 50) * 100));
  check.retries = at(random.between(0, 2));
  check.retry_delay = at<std::chrono::milliseconds>(std::chrono::milliseconds(random.between(1, 10) * 100));
  check.rise = at(random.between(1, 3));
  check.fall = at(random.between(1, 3));
  if (random.chance(50)) check.warmup = at<std::chrono::milliseconds>(1s);
  return check;
}

}  // namespace

World::World(std::uint64_t seed) : random_(seed), table_(std::make_unique<ballast::health::Table>()) {
  make_manifest(random_);
  owned_.services.insert(service_);
  table_->update(manifest_, "a", &kernel_.state, now_);
  next_tick_ = now_;
  next_happening_ = now_ + random_.between(Duration(0s), Duration(5s));
}

void World::make_manifest(Random& random) {
  VirtualService service;
  service.header.name = "s";
  service.address = at(*IpAddress::parse("192.0.2.1"));
  service.port = at<std::uint16_t>(80);
  service.forwarding = at(Forwarding::dr);
  service.pool = at<std::string>("p");
  service.nodes = {at<std::string>("a")};
  if (random.chance(40)) service.sorry_server = SorryServer{at(sorry_address), {}, {}, {}};
  service_ = {service.address->value, Protocol::tcp, 80, 0};
  manifest_.virtual_services.push_back(service);

  Pool& pool = manifest_.pools.emplace_back();
  pool.header.name = "p";
  pool.checks.push_back(make_check(random));
  if (random.chance(30)) {
    pool.checks.push_back(make_check(random));
    pool.checks.back().port = at<std::uint16_t>(81);
  }
  const int count = random.between(1, 8);
  std::uint64_t whole = 0;
  for (int i = 0; i < count; ++i) {
    Server& server = servers_.emplace_back();
    server.address = *IpAddress::parse("10.0.0." + std::to_string(i + 1));
    server.weight = static_cast<std::uint32_t>(random.between(2, 20));
    server.dead = random.chance(20);
    if (random.chance(25)) server.loss_percent = random.between(1, 40);
    server.slowest = random.chance(25) ? Duration(700ms) : Duration(20ms);
    whole += server.weight;
  }
  HealthPolicy& health = pool.health;
  if (random.chance(50)) health.require = at(CheckNeed::any);
  if (random.chance(30)) health.on_failure = at(OnFailure::quiesce);
  if (random.chance(50)) health.slow_start = at<std::chrono::milliseconds>(10s);
  if (random.chance(50)) health.drain = at<std::chrono::milliseconds>(20s);
  if (random.chance(50)) health.min_healthy = at(50);
  if (random.chance(20)) health.fail_open = at(true);
  if (random.chance(30)) health.assume_up = at(random.chance(50));
  if (random.chance(50)) {
    health.quorum = at(static_cast<std::uint32_t>(random.between(1, static_cast<int>(whole))));
    health.hysteresis = at(static_cast<std::uint32_t>(random.between(0, static_cast<int>(health.quorum.value) - 1)));
  }
  write_members();
}

void World::write_members() {
  auto& members = manifest_.pools.front().members;
  members.clear();
  for (const Server& server : servers_) {
    if (!server.wanted) continue;
    Member& member = members.emplace_back();
    member.address = at(server.address);
    member.weight = at(server.weight);
  }
}

void World::run(Duration time) {
  const Time end = now_ + time;
  while (now_ < end) step();
}

void World::step() {
  Time next = std::min(next_tick_, next_happening_);
  if (const auto wake = table_->next_wake()) next = std::min(next, *wake);
  if (!running_.empty()) next = std::min(next, running_.begin()->first);
  now_ = std::max(now_, next);
  probe();
  answer();
  table_->advance(now_);
  if (now_ >= next_happening_) happen();
  compare_lives();
  const bool changed = table_->take_changed();
  if (!changed && now_ < next_tick_) return;
  reconcile();
  compare();
  if (now_ >= next_tick_) next_tick_ = now_ + 1s;
}

void World::probe() {
  while (const auto probe = table_->take_due(now_)) {
    const Server& server = *server_of(probe->target.address);
    const Duration takes = random_.between(Duration(1ms), server.slowest);
    const Duration timeout = timeout_of(*probe->kind);
    const bool lost = random_.chance(server.loss_percent);
    const bool passes = !server.dead && !lost && takes < timeout;
    const auto number = static_cast<std::uint32_t>(&server - servers_.data());
    running_.emplace(now_ + std::min(takes, timeout),
                     Attempt{probe->id, probe->serial, number, probe->target.port, passes, false});
  }
}

void World::answer() {
  while (!running_.empty() && running_.begin()->first <= now_) {
    const Attempt attempt = running_.begin()->second;
    running_.erase(running_.begin());
    Server& server = servers_[attempt.server];
    if (!attempt.is_void) {
      const auto& checks = manifest_.pools.front().checks;
      const int tries = (attempt.port == 81 ? checks.back() : checks.front()).retries.value + 1;
      int& fails = server.fails[attempt.port];
      fails = attempt.passes ? 0 : fails + 1;
      int& passes = server.passes[attempt.port];
      if (attempt.passes) ++passes;
      if (fails > 0 && fails % tries == 0) passes = 0;
    }
    table_->finish(attempt.id, attempt.serial, {attempt.passes, attempt.passes ? "connected" : "refused", {}}, now_);
  }
}

void World::happen() {
  next_happening_ = now_ + random_.between(Duration(100ms), Duration(6s));
  Server& server = servers_[static_cast<std::size_t>(random_.between(0, static_cast<int>(servers_.size()) - 1))];
  choose(server);
  const bool stays = server.wanted && server.state == MemberState::enabled;
  server.left = stays ? std::nullopt : std::optional(server.left.value_or(now_));
}

void World::choose(Server& server) {
  const int what = random_.between(0, 99);
  if (what < 45) {
    server.dead = random_.chance(server.dead ? 30 : 70);
  } else if (what < 50) {  // the network, not the servers
    const bool dead = random_.chance(50);
    for (Server& each : servers_) each.dead = dead;
  } else if (what < 65) {
    server.connections = static_cast<std::uint32_t>(random_.between(0, 3));
  } else if (what < 75) {
    server.state = static_cast<MemberState>(random_.between(0, 2));
    const bool as_written = server.state == MemberState::enabled;
    table_->set_state({"p", server.address, 0}, as_written ? std::nullopt : std::optional(server.state), now_);
  } else if (what < 88) {
    server.wanted = !server.wanted;
    server.fails.clear();
    server.passes.clear();
    server.been_up = false;
    server.life = Life::unknown;
    for (auto& [time, attempt] : running_) {
      if (&servers_[attempt.server] == &server) attempt.is_void = true;
    }
    write_members();
    table_->update(manifest_, "a", &kernel_.state, now_);
  } else if (what < 94) {
    auto& interval = manifest_.pools.front().checks.front().interval.value;
    interval += 100ms;
    for (auto& [time, attempt] : running_) attempt.is_void = attempt.is_void || attempt.port == 80;
    table_->update(manifest_, "a", &kernel_.state, now_);
  } else {
    restart();
  }
}

/// The process ends, and another takes over what it knew.
void World::restart() {
  const std::string text = table_->text(now_);
  table_ = std::make_unique<ballast::health::Table>();
  running_.clear();
  now_ += random_.between(Duration(0s), Duration(10s));
  drains_ = parse_drains(drains_text(drains_, now_), now_).value();
  if (table_->restore(text, now_).has_error()) violate("a table does not read what one has written");
  for (Server& server : servers_) {
    server.fails.clear();
    server.passes.clear();
  }
  table_->update(manifest_, "a", &kernel_.state, now_);
}

void World::reconcile() {
  Conditions conditions;
  conditions.health = table_->health();
  State wanted = render(manifest_, conditions, "a");
  kernel_.connections.clear();
  for (const Server& server : servers_) {
    const DestinationKey key{service_, server.address, 80};
    if (server.connections > 0) kernel_.connections[key] = {server.connections, 0, 0};
  }
  const DrainRules rules = drain_rules(manifest_, conditions, "a");
  drains_ = apply_drains(wanted, rules, kernel_, owned_, drains_, now_);
  for (const auto& [key, entry] : kernel_.state.destinations) {
    if (!wanted.destinations.contains(key)) compare_removal(key, entry.value);
  }
  kernel_.state.destinations = wanted.destinations;
}

const Destination* World::in_kernel(const IpAddress& address) const {
  const auto found = kernel_.state.destinations.find({service_, address, 80});
  return found == kernel_.state.destinations.end() ? nullptr : &found->second.value;
}

bool World::sorry_serves() const {
  const Destination* sorry = in_kernel(sorry_address);
  return sorry != nullptr && sorry->weight > 0;
}

Server* World::server_of(const IpAddress& address) {
  for (Server& server : servers_) {
    if (server.address == address) return &server;
  }
  violate("a probe to " + address.text() + ", which is no member");
}

void World::violate(const std::string& what) const {
  throw Violation("after " + std::to_string(std::chrono::duration<double>(now_ - 5000s).count()) + " s: " + what);
}

}  // namespace ballast::sim::health
