// What must hold at every write, after every look and all the time.
#include <algorithm>

#include <fmt/format.h>

#include "controller/report/plan_text.hpp"
#include "tests/sim/cluster/cluster.hpp"
#include "tests/sim/cluster/process.hpp"

namespace ballast::sim::cluster {

using namespace std::chrono_literals;

namespace {

constexpr Duration often = 7s;
/// A resync, a look, and a second for what was just learned.
constexpr Duration time_to_repair = 6500ms;
/// So long every probe was answered: whatever the check, the member is up, and has its weight.
constexpr Duration surely_up = 60s;

std::string text_of(const DestinationKey& key) {
  return endpoint_text(key.address, key.port) + " of " + key.service.text();
}

}  // namespace

std::string Cluster::picture() const {
  std::string text = "\n  after: " + last_trouble_;
  for (const auto& each : machines_) {
    text += "\n  " + each->name + ":";
    if (!each->powered) text += " off";
    if (!each->process) {
      text += " no process";
      continue;
    }
    text += " " + each->process->in_force()->revision.id;
    if (!each->process->held().empty()) text += " (holds " + each->process->held() + ")";
    if (each->paused) text += each->frozen ? " frozen" : " stopped";
    if (each->faults.any()) text += " faulty kernel";
    if (each->director && each->process->is_eligible()) text += " eligible";
    for (const int router : each->process->masters()) text += fmt::format(" MASTER of r{}", router);
  }
  return text;
}

void Cluster::fail(const std::string& what) const {
  const std::chrono::duration<double> since = now_ - std::chrono::hours{1};
  throw Violation(fmt::format("after {:.3f} s: {}{}", since.count(), what, picture()));
}

// ---- every write ----

void Cluster::hook(Machine& at) {
  FakeKernel& kernel = *at.kernel;
  kernel.ipvs.faults.refuse = [this, &at](const IpvsWrite& write) { return before_write(at, write); };
  kernel.network.address_faults.refuse = [this, &at](const AddressWrite& write) { return before_write(at, write); };
  kernel.sysctls.refuse = [this, &at](const SysctlKey& key, const SysctlValue& value) {
    return before_write(at, key, value);
  };
}

void Cluster::begin_watch(Machine& at, const State& wanted, bool may_write) {
  watch_.wanted = wanted;
  watch_.on = true;
  watch_.may_write = may_write;
  watch_.disturbed = at.faults.any();
  if (!random.chance(at.faults.failed_dumps_percent)) return;
  FakeKernel& kernel = *at.kernel;
  const int which = random.between(0, 2);
  (which == 0   ? kernel.ipvs.faults.failing_dumps
   : which == 1 ? kernel.network.address_faults.failing_dumps
                : kernel.network.link_faults.failing_dumps) = 1;
}

void Cluster::end_watch(Machine& at) {
  watch_.on = false;
  FakeKernel& kernel = *at.kernel;
  kernel.ipvs.faults.failing_dumps = kernel.network.address_faults.failing_dumps =
      kernel.network.link_faults.failing_dumps = 0;
  check_foreign(at);
}

/// What becomes of a write that is as it should be.
int Cluster::fate_of_write(Machine& at) {
  if (watch_.kill_at && --*watch_.kill_at < 0) {
    watch_.kill_at.reset();
    throw Killed{};
  }
  if (watch_.hand_at && --*watch_.hand_at < 0) {
    watch_.hand_at.reset();
    change_by_hand(at);
  }
  if (!random.chance(at.faults.refused_percent)) return 0;
  disturb(at);
  return at.faults.errnum;
}

int Cluster::before_write(Machine& at, const IpvsWrite& write) {
  if (!watch_.on) return 0;
  require(watch_.may_write, at.name + ": IPVS is written before it was looked at once");
  if (const auto* service = std::get_if<ServiceWrite>(&write)) check_service_write(at, *service);
  if (const auto* destination = std::get_if<DestinationWrite>(&write)) check_destination_write(at, *destination);
  return fate_of_write(at);
}

void Cluster::check_service_write(const Machine& at, const ServiceWrite& write) const {
  const ServiceKey& key = *write.key;
  const auto& services = at.kernel->ipvs.services;
  const auto found = services.find(key);
  require(!at.foreign.services.contains(key), at.name + ": writes the foreign service " + key.text());
  if (write.verb == Verb::remove) {
    require(!watch_.wanted.services.contains(key), at.name + ": removes " + key.text() + ", which is wanted");
  }
  if (watch_.disturbed) return;
  require((found != services.end()) == (write.verb != Verb::add),
          at.name + ": takes the kernel's table for another one at " + key.text());
  require(write.verb != Verb::update || !(found->second == *write.value),
          at.name + ": writes to " + key.text() + " what it has already");
}

void Cluster::check_destination_write(const Machine& at, const DestinationWrite& write) const {
  const DestinationKey& key = *write.key;
  const auto& destinations = at.kernel->ipvs.destinations;
  const auto found = destinations.find(key);
  require(!at.foreign.services.contains(key.service), at.name + ": writes to a foreign service: " + text_of(key));
  if (watch_.disturbed) return;
  require((found != destinations.end()) == (write.verb != Verb::add),
          at.name + ": takes the kernel's table for another one at " + text_of(key));
  require(write.verb != Verb::update || !(found->second == *write.value),
          at.name + ": writes to " + text_of(key) + " what it has already");
  if (write.verb == Verb::add || found->second.weight == 0) return;
  if (write.verb == Verb::update && write.value->weight > 0) return;
  // One that serves goes: as long as others are to serve, one of those must be there already.
  const auto serves = [&](const auto& table, const auto& weight) {
    auto each = table.lower_bound({key.service, {}, 0});
    for (; each != table.end() && each->first.service == key.service; ++each) {
      if (!(each->first == key) && weight(each->second) > 0) return true;
    }
    return false;
  };
  const bool wanted = serves(watch_.wanted.destinations, [](const auto& entry) { return entry.value.weight; });
  const bool others = serves(destinations, [](const Destination& value) { return value.weight; });
  require(!wanted || others, at.name + ": nobody serves " + key.service.text() + " for a moment");
}

int Cluster::before_write(Machine& at, const AddressWrite& write) {
  if (!watch_.on) return 0;
  const AddressKey& key = *write.key;
  require(watch_.may_write, at.name + ": addresses are written before they were looked at once");
  require(!at.foreign.addresses.contains(key), at.name + ": writes the foreign address " + key.text());
  require(key.interface != "eth0" || key.prefix.address.bytes()[3] >= 200,
          at.name + ": writes the address of a virtual router, " + key.text());
  if (write.verb == Verb::remove) {
    require(!watch_.wanted.addresses.contains(key), at.name + ": removes " + key.text() + ", which is wanted");
  }
  return fate_of_write(at);
}

int Cluster::before_write(Machine& at, const SysctlKey& key, const SysctlValue& value) {
  if (!watch_.on) return 0;
  require(watch_.may_write, at.name + ": parameters are written before they were looked at once");
  const bool same = at.kernel->sysctls.parameters.at(key).value == value;
  require(watch_.disturbed || !same, at.name + ": writes to " + key + " what it has already");
  return fate_of_write(at);
}

void Cluster::check_foreign(const Machine& at) const {
  const FakeKernel& kernel = *at.kernel;
  for (const auto& [key, value] : at.foreign.services) {
    const auto found = kernel.ipvs.services.find(key);
    const bool same = found != kernel.ipvs.services.end() && found->second == value;
    if (!same) fail(at.name + ": the foreign service " + key.text() + " is no more what it was");
  }
  for (const auto& [key, value] : at.foreign.destinations) {
    const auto found = kernel.ipvs.destinations.find(key);
    const bool same = found != kernel.ipvs.destinations.end() && found->second == value;
    if (!same) fail(at.name + ": the foreign destination " + text_of(key) + " is no more what it was");
  }
  for (const AddressKey& key : at.foreign.addresses) {
    const bool there = std::any_of(kernel.network.addresses.begin(), kernel.network.addresses.end(),
                                   [&](const ObservedAddress& each) { return each.key == key; });
    if (!there) fail(at.name + ": the foreign address " + key.text() + " is gone");
  }
}

// ---- manifests ----

void Cluster::check_in_force(Machine& at, const Snapshot& after, bool approved) {
  const Revision& before = *at.last_good;
  const Revision& now = *revision(after.revision.id);
  require(now.valid, at.name + ": follows " + now.id() + ", which has mistakes");
  const bool brake = at.director && takes_too_much(before.wish, now.wish);
  require(!brake || approved, at.name + ": goes from " + before.id() + " to " + now.id() + " without asking");
  at.in_force_since = now_;
}

void Cluster::check_held(const Machine& at, const Revision& held) const {
  require(at.director && takes_too_much(at.last_good->wish, held.wish),
          at.name + ": holds " + held.id() + ", which takes little away");
}

// ---- all the time ----

void Cluster::check_often() {
  for (const auto& each : machines_) check_machine(*each);
  post(often, [this] { check_often(); });
}

/// Where nothing has interfered for so long, the kernel is as wanted.
void Cluster::check_machine(Machine& at) {
  if (!runs(at) || at.faults.any()) return;
  const Duration allowed = time_to_repair + (at.process->is_holding_back() ? Backoff::longest_delay : Duration{0});
  if (now_ - at.disturbed < allowed) return;
  if (at.process->is_busy() || at.process->is_draining()) return;
  mirror_vips(at);
  const auto plan = at.process->plan_now();
  if (!plan || !plan->empty()) {
    fail(at.name + ": a kernel that nobody disturbs is not what is wanted: " +
         (plan ? plan_lines(*plan, 1).front() : "it cannot be looked at"));
  }
  if (at.director) check_pools(at);
}

/// A pool with one healthy member has one that serves.
void Cluster::check_pools(Machine& at) {
  const Time then = now_ - surely_up;
  if (at.process->started() > then || at.in_force_since > then) return;
  const Wish& wish = revision(at.process->in_force()->revision.id)->wish;
  const auto& states = at.process->health().health().states;
  for (const WishedService& service : wish.services) {
    const auto& ipvs = at.kernel->ipvs;
    if (!ipvs.services.contains(service.key())) continue;  // whether it must be there is told elsewhere
    const auto& members = wish.pools[service.pool].members;
    const bool healthy = std::any_of(members.begin(), members.end(), [&](const WishedMember& member) {
      const auto failed = at.probes_failed.find(member.machine);
      const PoolMember name{fmt::format("p{}", service.pool), address_of(member.machine), 0};
      return !states.contains(name) && (failed == at.probes_failed.end() || failed->second < then);
    });
    auto each = ipvs.destinations.lower_bound({service.key(), {}, 0});
    bool served = false;
    for (; each != ipvs.destinations.end() && each->first.service == service.key(); ++each) {
      served = served || each->second.weight > 0;
    }
    require(!healthy || served, at.name + ": " + service.key().text() + " has a healthy member, and nobody serves it");
  }
}

}  // namespace ballast::sim::cluster
