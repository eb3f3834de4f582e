// What goes wrong, and how it is mended.
#include <algorithm>
#include <array>

#include "tests/sim/cluster/cluster.hpp"
#include "tests/sim/cluster/process.hpp"

namespace ballast::sim::cluster {

using namespace std::chrono_literals;

namespace {

constexpr std::array<int, 5> errnums = {ENOMEM, ENOBUFS, EPERM, EBUSY, EIO};

}  // namespace

void Cluster::trouble() {
  const int kind = random.between(0, 99);
  Machine& at = any_machine();
  if (kind < 22) {
    last_trouble_ = at.name + ": its process or machine";
    process_trouble(at);
  } else if (kind < 34) {
    last_trouble_ = "network";
    network_trouble();
  } else if (kind < 60) {
    last_trouble_ = at.name + ": somebody's hand";
    if (!at.frozen && at.powered) change_by_hand(at);
  } else if (kind < 68) {
    last_trouble_ = at.name + ": its kernel";
    kernel_trouble(at);
    if (random.chance(50)) commit_something();  // what it then cannot do
  } else if (kind < 74) {
    last_trouble_ = "routers";
    router_trouble();
  } else if (kind < 84) {
    last_trouble_ = "members";
    member_trouble();
  } else if (kind < 96) {
    last_trouble_ = "a commit";
    commit_something();
  } else if (kind < 98) {
    last_trouble_ = "an approval";
    if (runs(at)) at.process->approve();
  } else {
    last_trouble_ = "the source";
    source_gone_ = random.chance(50);
  }
}

void Cluster::process_trouble(Machine& at) {
  switch (random.between(0, 7)) {
    case 0:
      crash(at);
      break;
    case 1:
      stop(at);
      break;
    case 2:
      pause(at, false);
      break;
    case 3:
      pause(at, true);
      break;
    case 4:
      if (!at.frozen) power_off(at);
      return;
    default:
      power_on(at);
      resume(at);
      start(at);
      return;
  }
  if (random.chance(80)) start_later(at, random.between(Duration{0}, Duration{20s}));
}

void Cluster::network_trouble() {
  switch (random.between(0, 4)) {
    case 0: {  // one machine hears nobody
      const int alone = random.between(0, layout_.machines() - 1);
      for (int other = 0; other < layout_.machines(); ++other) {
        if (other == alone) continue;
        cut_.insert({alone, other});
        cut_.insert({other, alone});
        if (alone >= layout_.directors || other >= layout_.directors) continue;
        for (const auto& each : worlds_) {
          each->cut(alone, other, true);
          each->cut(other, alone, true);
        }
      }
      break;
    }
    case 1:
      probe_loss_percent_ = random.chance(50) ? random.between(1, 50) : 0;
      break;
    case 2:
      for (const auto& each : worlds_) {
        each->weather = {random.between(0, 40), random.between(0, 20), 50us,
                         random.between(Duration{1ms}, Duration{200ms}), random.between(Duration{0}, Duration{20ms})};
      }
      break;
    case 3:
      for (const auto& each : worlds_) each->set_link(random.between(0, layout_.directors - 1), random.chance(50));
      break;
    default:
      cut_.clear();
      for (const auto& each : worlds_) {
        each->heal();
        each->weather = {};
      }
  }
}

void Cluster::kernel_trouble(Machine& at) {
  if (random.chance(30)) {  // the next change is broken off
    watch_.kill_at = random.between(0, 12);
    return;
  }
  if (random.chance(30)) {  // somebody meddles with the next change
    watch_.hand_at = random.between(0, 6);
    return;
  }
  disturb(at);
  if (random.chance(30)) {
    at.faults = {};
    return;
  }
  at.faults.errnum = errnums[random.next() % errnums.size()];
  at.faults.refused_percent = random.chance(60) ? random.between(1, 100) : 0;
  at.faults.failed_dumps_percent = random.chance(60) ? random.between(1, 100) : 0;
}

void Cluster::router_trouble() {
  World& one = world(random.between(0, layout_.routers() - 1));
  const int at = random.between(0, layout_.directors - 1);
  switch (random.between(0, 2)) {
    case 0:
      one.node(at).maintenance = random.chance(30);
      one.tell(at, vrrp::Maintenance{one.node(at).maintenance});
      break;
    case 1:
      one.tell(at, vrrp::FailoverRequested{});
      break;
    default:
      one.node(at).adding_fails = random.chance(30);
  }
}

void Cluster::member_trouble() {
  Machine& at = any_machine();
  if (random.chance(50)) {
    at.serving = random.chance(at.serving ? 30 : 70);
    return;
  }
  if (random.chance(40)) return connect_clients(machine(random.between(0, layout_.directors - 1)));
  Machine& director = machine(random.between(0, layout_.directors - 1));
  if (!runs(director)) return;
  const auto& pools = director.process->in_force()->manifest.pools;
  const Pool& pool = pools[random.next() % pools.size()];
  const ballast::Member& member = pool.members[random.next() % pool.members.size()];
  const auto state = random.chance(50) ? std::optional(static_cast<MemberState>(random.between(0, 2))) : std::nullopt;
  director.process->set_state({pool.header.name, member.address.value, 0}, state);
}

// ---- calm ----

void Cluster::calm_down() {
  calm_ = true;
  last_trouble_ = "calm";
  watch_.kill_at = watch_.hand_at = std::nullopt;
  source_gone_ = false;
  probe_loss_percent_ = 0;
  cut_.clear();
  for (const auto& each : worlds_) {
    each->heal();
    each->weather = {};
  }
  for (const auto& each : machines_) {
    Machine& at = *each;
    power_on(at);
    resume(at);
    at.faults = {};
    at.serving = true;
    at.kernel->ipvs.connections.clear();
    disturb(at);
  }
  for (int director = 0; director < layout_.directors; ++director) {
    bool fault = false;
    for (const auto& each : worlds_) {
      Node& node = each->node(director);
      node.adding_fails = node.maintenance = false;
      each->set_link(director, true);
      each->tell(director, vrrp::Maintenance{false});
      fault = fault || (each->runs(director) && node.router->role() == vrrp::Role::fault);
    }
    // A router that waits to try its addresses again may wait a minute.
    if (fault) stop(machine(director));
  }
  // What is newest is valid, and whoever holds it is told to go on.
  commit_something();
  while (!revisions_.back()->valid) commit_something();
  for (const auto& each : machines_) {
    Machine& at = *each;
    start(at);
    post(35s, [this, &at] {
      if (!at.process) return;
      at.process->approve();
      for (int member = 0; at.director && member < layout_.machines(); ++member) {
        for (const char* pool : {"p0", "p1"}) at.process->set_state({pool, address_of(member), 0}, std::nullopt);
      }
    });
  }
}

}  // namespace ballast::sim::cluster
