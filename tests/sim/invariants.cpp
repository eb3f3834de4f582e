// What must hold after every event, whatever happens to the cluster.
#include <algorithm>

#include "tests/sim/world.hpp"

namespace ballast::sim {

using namespace vrrp;

namespace {

std::string ms_text(Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count()) + " ms";
}

Duration master_down_of(const Config& config, Duration interval) {
  const Duration skewed = config.group.version == 2 ? Duration{std::chrono::seconds{1}} : interval;
  return 3 * interval + skewed * (256 - config.priority) / 256;
}

}  // namespace

void World::fail(const std::string& what) const {
  std::string state;
  for (int at = 0; at < size(); ++at) {
    state += "\n  node " + std::to_string(at) + " priority " + std::to_string(node(at).config.priority) + ": ";
    state += node(at).router ? std::string(text_of(node(at).router->role())) : "no process";
    if (node(at).stopped) state += node(at).frozen ? ", frozen" : ", stopped";
    if (holds(at)) state += ", holds the VIP";
    if (node(at).reference) state += ", reference";
  }
  throw Violation("at " + ms_text(now_ - std::chrono::hours{1}) + ": " + what + state);
}

/// Nobody holds a VIP without being MASTER, except a process that is gone or stands still, and that no longer than the
/// lease. A MASTER that runs does not let its lease end.
void World::check_node(int at) const {
  const Node& node = this->node(at);
  if (node.reference || node.frozen) return;
  const std::string name = "node " + std::to_string(at);
  const bool master = is_master(at);
  if (holds(at) && !master) {
    require(!runs(at), name + " holds the VIP and is not MASTER");
    const Duration outlived = now_ - node.ended;
    require(outlived <= lease_for(node.config.group.interval) + latest_expiry,
            name + "'s lease outlives its process by " + ms_text(outlived));
  }
  const bool ran_on = now_ - node.resumed > std::chrono::milliseconds{500};
  if (master && node.added && !node.adding_fails && ran_on) require(holds(at), name + " is MASTER and lost its lease");
}

/// After a pause long enough to have lost everything, nothing is claimed before something was heard or waited for.
void World::check_looks_first(int at, const std::vector<Action>& actions) const {
  const Node& node = this->node(at);
  const Duration interval = node.config.group.interval;
  const Duration limit = std::max<Duration>(lease_for(interval), master_down_of(node.config, interval));
  const Duration slack = node.role_at_pause == Role::master ? limit / 20 : 2 * longest_master_down();
  if (node.reference || now_ - node.ended < limit + slack) return;
  for (const Action& action : actions) {
    const auto* sent = std::get_if<SendAdvertisement>(&action);
    const bool claims = sent != nullptr && sent->priority != release_priority;
    require(
        !claims && !std::holds_alternative<RenewAddresses>(action) && !std::holds_alternative<AddAddresses>(action),
        "node " + std::to_string(at) + " goes on after a pause of " + ms_text(now_ - node.ended) + " without looking");
  }
}

void World::expect(std::optional<Duration> two_at_most, std::optional<Duration> none_at_most) {
  two_at_most_ = two_at_most;
  none_at_most_ = none_at_most;
  two_since_.reset();
  none_since_.reset();
  longest_two_ = Duration{0};
  check_holders();
}

void World::check_holders() {
  const auto count = std::count_if(nodes_.begin(), nodes_.end(), [this](const Node& node) {
    return node.lease_end && now_ < *node.lease_end && !node.frozen;
  });
  const auto follow = [this](bool is, std::optional<Time>& since, const std::optional<Duration>& most,
                             const char* what) {
    // Leases end between events: what held before this event counts up to now.
    const Duration length = since ? now_ - *since : Duration{0};
    if (most && length > *most) fail(std::string(what) + " for " + ms_text(length));
    if (is && !since) since = now_;
    if (!is) since.reset();
    return length;
  };
  longest_two_ = std::max(longest_two_, follow(count > 1, two_since_, two_at_most_, "two nodes hold the VIP"));
  follow(count == 0, none_since_, none_at_most_, "nobody holds the VIP");
}

Duration World::longest_master_down() const {
  Duration slowest{0}, longest{0};
  for (const Node& node : nodes_) slowest = std::max<Duration>(slowest, node.config.group.interval);
  for (const Node& node : nodes_) longest = std::max(longest, master_down_of(node.config, slowest));
  return longest;
}

}  // namespace ballast::sim
