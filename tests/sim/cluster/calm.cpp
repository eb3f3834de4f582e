// What must hold after the calm: one holder of each VIP, one manifest, and every kernel as it should be.
#include <algorithm>

#include <fmt/format.h>

#include "tests/sim/cluster/cluster.hpp"
#include "tests/sim/cluster/process.hpp"

namespace ballast::sim::cluster {

using namespace std::chrono_literals;

namespace {

/// Values that a kernel has where nobody wants anything else.
const std::map<SysctlKey, SysctlValue> untouched = {{"net.ipv4.tcp_syncookies", "1"},
                                                    {"net.ipv4.vs.conntrack", "0"},
                                                    {"net.ipv4.ip_forward", "0"},
                                                    {"net.ipv4.conf.all.arp_ignore", "0"},
                                                    {"net.ipv4.conf.lo.arp_announce", "0"}};

template <class Key, class Value>
std::string difference(const std::map<Key, Value>& expected, const std::map<Key, Value>& actual,
                       std::string (*name)(const Key&)) {
  for (const auto& [key, value] : expected) {
    const auto found = actual.find(key);
    if (found == actual.end()) return name(key) + " is not there";
    if (!(found->second == value)) return name(key) + " has another value";
  }
  for (const auto& [key, value] : actual) {
    if (!expected.contains(key)) return name(key) + " should not be there";
  }
  return {};
}

}  // namespace

void Cluster::check_after_calm() {
  const Revision& newest = *revisions_.back();
  for (int router = 0; router < layout_.routers(); ++router) {
    const std::vector<int> masters = world(router).masters();
    require(masters.size() == 1, fmt::format("one MASTER of r{} after healing", router));
    require(world(router).holders() == masters, fmt::format("the MASTER of r{} and nobody else holds its VIP", router));
    const auto& priorities = layout_.priorities[static_cast<std::size_t>(router)];
    const auto best = std::max_element(priorities.begin(), priorities.end()) - priorities.begin();
    require(masters.front() == best, fmt::format("the highest priority of r{} wins in the end", router));
  }
  for (const auto& each : machines_) {
    require(runs(*each), each->name + ": runs after healing");
    require(each->process->in_force()->revision.id == newest.id(),
            each->name + ": does not follow " + newest.id() + " after healing");
    check_kernel(*each, newest);
  }
}

void Cluster::check_kernel(Machine& at, const Revision& revision) {
  std::set<int> masters;
  for (int router = 0; at.director && router < layout_.routers(); ++router) {
    if (world(router).is_master(at.number)) masters.insert(router);
  }
  require(masters == at.process->masters(), at.name + ": knows another role than VRRP has");
  mirror_vips(at);
  const auto plan = at.process->plan_now();
  require(plan && plan->empty(), at.name + ": its kernel does not equal what is rendered");

  Expected expected = expected_of(layout_, revision.wish, at.number, masters);
  const FakeKernel& kernel = *at.kernel;
  expected.services.insert(at.foreign.services.begin(), at.foreign.services.end());
  expected.destinations.insert(at.foreign.destinations.begin(), at.foreign.destinations.end());
  std::string wrong = difference(
      expected.services, kernel.ipvs.services, +[](const ServiceKey& key) { return key.text(); });
  require(wrong.empty(), at.name + ": after the calm " + wrong);
  wrong = difference(
      expected.destinations, kernel.ipvs.destinations,
      +[](const DestinationKey& key) { return endpoint_text(key.address, key.port) + " of " + key.service.text(); });
  require(wrong.empty(), at.name + ": after the calm " + wrong);

  std::set<AddressKey> addresses;
  for (const ObservedAddress& each : kernel.network.addresses) {
    if (each.protocol == address_protocol && !each.finite) addresses.insert(each.key);
  }
  require(addresses == expected.addresses, at.name + ": other addresses than wanted after the calm");
  for (const auto& [name, value] : untouched) expected.sysctls.emplace(name, value);
  for (const auto& [name, value] : expected.sysctls) {
    const SysctlValue& actual = kernel.sysctls.parameters.at(name).value;
    require(actual == value, at.name + ": " + name + " is " + actual + " after the calm, and not " + value);
  }
  if (at.director) {
    require(kernel.ipvs.timeouts.at(Timer::udp) == expected.udp_timeout_seconds,
            at.name + ": another UDP timeout than wanted after the calm");
  }
}

/// A process that dies and comes back, and a failover that it causes, find nothing to write.
void Cluster::check_restart_writes_nothing() {
  for (const auto& each : worlds_) each->expect(std::nullopt, std::nullopt);
  for (const WishedPool& pool : revisions_.back()->wish.pools) {
    // Who is a member of its own pool has the service only while MASTER.
    for (const WishedMember& member : pool.members) {
      if (layout_.is_director(member.machine)) return;
    }
  }
  std::vector<int> before;
  for (const auto& each : machines_) before.push_back(each->kernel->commands());
  Machine& at = any_machine();
  last_trouble_ = "the restart of " + at.name;
  crash(at);
  run_until(now_ + random.between(Duration{0}, Duration{20s}));
  start(at);
  run_until(now_ + 30s);
  for (const auto& each : machines_) {
    require(each->kernel->commands() == before[static_cast<std::size_t>(each->number)],
            each->name + ": writes to its kernel though nothing has changed");
  }
}

}  // namespace ballast::sim::cluster
