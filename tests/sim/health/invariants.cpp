// What must hold: between what servers really answered and what is believed of them, and between that and the kernel.
#include <algorithm>

#include "tests/sim/health/world.hpp"

namespace ballast::sim::health {

using namespace std::chrono_literals;

/// Whether as many rounds in a row have failed as it takes: of one check, or with `any` of each.
bool World::failed_enough(const Server& server) const {
  const Pool& pool = manifest_.pools.front();
  std::size_t down = 0;
  for (const Check& check : pool.checks) {
    const auto found = server.fails.find(check.port ? check.port->value : std::uint16_t{80});
    const int fails = found == server.fails.end() ? 0 : found->second;
    if (fails >= (check.retries.value + 1) * check.fall.value) ++down;
  }
  return pool.health.require.value == CheckNeed::any ? down == pool.checks.size() : down > 0;
}

/// Whether as many rounds in a row have passed as it takes: of each check, or with `any` of one.
bool World::passed_enough(const Server& server) const {
  const Pool& pool = manifest_.pools.front();
  std::size_t up = 0;
  for (const Check& check : pool.checks) {
    const auto found = server.passes.find(check.port ? check.port->value : std::uint16_t{80});
    if (found != server.passes.end() && found->second >= check.rise.value) ++up;
  }
  return pool.health.require.value == CheckNeed::any ? up > 0 : up == pool.checks.size();
}

/// What is believed of each server follows from its answers.
void World::compare_lives() {
  for (const auto& status : table_->members_of("s")) {
    Server& server = *server_of(status.endpoint.address);
    const std::string name = server.address.text();
    const Life before = server.life;
    server.life = status.life;
    server.been_up = server.been_up || status.life == Life::up;
    if (status.life != Life::up) server.up_since.reset();
    if (status.life == Life::up && before != Life::up) {
      server.up_since = now_;
      server.last_weight = 0;
    }
    const bool leaves = before == Life::up && status.life != Life::up;
    const bool single = manifest_.pools.front().checks.size() == 1;
    if (leaves && single && !failed_enough(server)) violate(name + " left before `fall` rounds in a row had failed");
    if (status.life == Life::up && single && failed_enough(server)) violate(name + " has failed, and counts as up");
    if (status.life != Life::up && passed_enough(server)) violate(name + " passes, and does not count as up");
  }
}

void World::compare() {
  for (Server& server : servers_) compare_server(server);
  compare_pool();
  compare_quorum();
}

void World::compare_server(Server& server) {
  const Destination* held = in_kernel(server.address);
  const std::string name = server.address.text();
  const std::uint32_t weight = held == nullptr ? 0 : held->weight;
  if (weight > server.weight) violate(name + " has more than its weight");
  if (!server.wanted || server.state != MemberState::enabled) {
    if (weight > 0) violate(name + " gets connections, and nobody wants that");
    server.last_weight = 0;
    server.up_since.reset();
    return;
  }
  if (server.life != Life::up || sorry_serves()) {
    server.last_weight = 0;
    server.up_since.reset();
    return;
  }
  if (weight == 0) violate(name + " is up, and gets no connections");
  if (!server.up_since) server.up_since = now_;
  if (weight < server.last_weight) violate(name + " is up, and its weight shrinks");
  server.last_weight = weight;
  const Duration slow = manifest_.pools.front().health.slow_start.value;
  if (now_ - *server.up_since >= slow && weight != server.weight)
    violate(name + " is up for long, and not at its weight");
}

/// A pool with one healthy member has one that serves; and minHealthy.
void World::compare_pool() {
  std::size_t healthy = 0;
  std::size_t known = 0;
  std::size_t serving = 0;
  for (const Server& server : servers_) {
    if (!server.wanted || server.state != MemberState::enabled) continue;
    const Destination* held = in_kernel(server.address);
    healthy += server.life == Life::up ? 1 : 0;
    known += server.been_up ? 1 : 0;
    serving += held != nullptr && held->weight > 0 ? 1 : 0;
  }
  if (healthy > 0 && serving == 0 && !sorry_serves()) violate("a member is healthy, and nobody serves");
  const bool has_sorry_server = manifest_.virtual_services.front().sorry_server.has_value();
  if (has_sorry_server && serving == 0 && !sorry_serves()) violate("nobody serves, not even the sorry server");
  if (serving > 0 && sorry_serves()) violate("the sorry server serves beside members");
  const bool protects = manifest_.pools.front().health.min_healthy.value == 50;
  if (protects && 2 * serving < known && !(sorry_serves() && 2 * healthy >= known)) {
    violate("fewer than half of the members serve");
  }
}

void World::compare_quorum() {
  const HealthPolicy& policy = manifest_.pools.front().health;
  std::uint64_t weight = 0;
  bool unknown = false;
  for (const Server& server : servers_) {
    if (!server.wanted) continue;
    unknown = unknown || server.life == Life::unknown;
    if (server.life == Life::up && server.state == MemberState::enabled) weight += server.weight;
  }
  const auto found = table_->health().services.find("s");
  const bool quorum = found == table_->health().services.end() || found->second.quorum;
  const std::uint64_t hysteresis = policy.hysteresis.value;
  const bool regained = quorum && !had_quorum_;
  if (regained && !was_unknown_ && weight < policy.quorum.value + hysteresis) violate("the quorum came back too early");
  had_quorum_ = quorum;
  was_unknown_ = unknown;
  if (quorum && weight + hysteresis < policy.quorum.value) violate("the quorum is lost, and nobody knows");
  if (!quorum && !unknown && weight >= policy.quorum.value + hysteresis)
    violate("the quorum is there, and nobody knows");
}

/// What leaves the kernel.
void World::compare_removal(const DestinationKey& key, const Destination& before) const {
  const auto server =
      std::find_if(servers_.begin(), servers_.end(), [&](const Server& each) { return each.address == key.address; });
  const Duration drain = manifest_.pools.front().health.drain.value;
  if (server == servers_.end() || drain == Duration{0}) return;
  const bool by_health = server->wanted && server->state != MemberState::drain;
  if (by_health || !server->left) return;
  if (before.weight > 0) violate(key.address.text() + " was removed without being drained");
  if (server->connections > 0 && now_ - *server->left < drain - 5ms) {  // a record has milliseconds
    violate(key.address.text() + " was removed with connections, before its time");
  }
}

}  // namespace ballast::sim::health
