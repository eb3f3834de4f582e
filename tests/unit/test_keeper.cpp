// Looks one after the other: what is read again, what is found by the tripwire, and that narrowing never loses
// anything.
#include <cerrno>
#include <thread>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "controller/keeper.hpp"
#include "drivers/boot_clock.hpp"
#include "fakes/fake_kernel.hpp"
#include "reconcilers/changed.hpp"
#include "tests/unit/folder.hpp"

namespace {

using namespace ballast;
using namespace std::chrono_literals;
using testing::Folder;

constexpr int services = 300;

ServiceKey service(int number, const char* network = "10.0.0.1") {
  return {*IpAddress::parse(network), Protocol::tcp, static_cast<std::uint16_t>(1000 + number), 0};
}

DestinationKey member(const ServiceKey& key, int number) {
  return {key, *IpAddress::parse(fmt::format("10.1.0.{}", number)), 80};
}

/// Three hundred services with two members each, all alike.
State many() {
  State state;
  for (int i = 0; i < services; ++i) {
    state.services.emplace(service(i), Entry<Service>{{"rr", 0, 0, host_granularity(Family::ipv4), ""}, {}});
    for (const int number : {1, 2}) {
      state.destinations.emplace(member(service(i), number), Entry<Destination>{{Forwarding::dr, 1, 0, 0, {}}, {}});
    }
  }
  return state;
}

State with_weight(State state, const DestinationKey& key, std::uint32_t weight) {
  state.destinations.at(key).value.weight = weight;
  return state;
}

struct Node {
  Convergence look(const State& wanted, Extent extent = Extent::changes, const DrainRules& rules = {}) {
    fake.ipvs.full_dumps = 0;
    fake.ipvs.services_read = 0;
    auto result = keeper.look(wanted, rules, extent);
    REQUIRE_MESSAGE(result.has_value(), (result ? "" : result.error().text));
    return std::move(*result);
  }

  FakeKernel fake;
  Folder folder{"keeper"};
  StateDir directory{folder.path("")};
  Keeper keeper{fake.kernel(), directory, [] { return 0.0; }};
};

}  // namespace

TEST_CASE("keeper: a changed weight reads one service and writes once") {
  Node node;
  const Convergence first = node.look(many());
  CHECK_FALSE(first.only.has_value());
  const Convergence second = node.look(with_weight(many(), member(service(7), 1), 5));
  CHECK(second.report.writes == 1);
  CHECK(second.converged());
  REQUIRE(second.only.has_value());
  CHECK(*second.only == std::vector{service(7)});
  CHECK(node.fake.ipvs.full_dumps == 0);
  CHECK(node.fake.ipvs.services_read == 2);  // before and after
  CHECK(node.fake.ipvs.destinations.at(member(service(7), 1)).weight == 5);
}

TEST_CASE("keeper: services come and go in a look at the changes, ownership with them") {
  Node node;
  node.look(many());
  State wanted = many();
  wanted.services.erase(service(3));
  wanted.destinations.erase(member(service(3), 1));
  wanted.destinations.erase(member(service(3), 2));
  const auto entry = wanted.services.begin()->second;
  wanted.services.emplace(service(5000), entry);
  CHECK(node.look(wanted).report.writes == 2);
  CHECK(node.fake.ipvs.full_dumps == 0);
  CHECK_FALSE(node.fake.ipvs.services.contains(service(3)));
  CHECK(node.fake.ipvs.services.contains(service(5000)));
  CHECK(load_ownership(node.directory)->services.contains(service(5000)));
  CHECK_FALSE(load_ownership(node.directory)->services.contains(service(3)));
  CHECK(load_ownership(node.directory)->services.size() == services);
}

TEST_CASE("keeper: a look at the changes sees everything that is no service") {
  Node node;
  State wanted = many();
  wanted.sysctls.emplace("net.ipv4.ip_forward", Entry<SysctlValue>{"1", {}});
  node.look(wanted);
  node.fake.sysctls.parameters.at("net.ipv4.ip_forward").value = "0";
  CHECK(node.look(wanted).report.writes == 1);
  CHECK(node.fake.ipvs.services_read == 0);
}

TEST_CASE("keeper: what others do to the rest is found by a look at everything") {
  Node node;
  node.look(many());
  node.fake.ipvs.destinations.at(member(service(9), 2)).weight = 77;
  CHECK(node.look(many()).report.writes == 0);
  CHECK(node.look(many(), Extent::everything).report.writes == 1);
}

TEST_CASE("keeper: repairs are counted by kind; what is wanted anew, or had failed before, is none") {
  Node node;
  const auto counts = [&](std::uint64_t of_services, std::uint64_t of_destinations) {
    return std::array<std::uint64_t, kind_count>{0, 0, 0, of_services, of_destinations, 0, 0, 0} ==
           node.keeper.repaired();
  };
  node.look(many());
  const State changed = with_weight(many(), member(service(7), 1), 5);
  node.look(changed, Extent::everything);
  CHECK(counts(0, 0));
  node.fake.ipvs.destinations.at(member(service(7), 1)).weight = 9;
  node.fake.ipvs.destinations.erase(member(service(8), 1));
  node.look(changed, Extent::everything);
  CHECK(counts(0, 2));
  node.fake.ipvs.services.at(service(3)).scheduler = "wlc";
  node.look(changed, Extent::everything);
  CHECK(counts(1, 2));

  State other = changed;
  other.services.at(service(3)).value.scheduler = "nosuch";
  node.look(other, Extent::everything);
  CHECK(counts(1, 2));
  node.fake.ipvs.schedulers.insert("nosuch");
  std::this_thread::sleep_for(node.keeper.next_try().value() - boot_time());
  node.look(other, Extent::everything);
  CHECK(node.fake.ipvs.services.at(service(3)).scheduler == "nosuch");
  CHECK(counts(1, 2));
}

TEST_CASE("keeper: after a look that failed everything is looked at") {
  Node node;
  node.look(many());
  node.fake.ipvs.faults.failing_dumps = 1;
  CHECK(node.keeper.look(many(), {}, Extent::everything).has_error());
  node.fake.ipvs.services.erase(service(4));
  CHECK_FALSE(node.look(many()).only.has_value());
  CHECK(node.fake.ipvs.services.contains(service(4)));
}

TEST_CASE("keeper: a service that failed is looked at again with the changes, and held back meanwhile") {
  Node node;
  State wanted = many();
  wanted.services.at(service(2)).value.scheduler = "mh";
  node.fake.ipvs.schedulers.erase("mh");
  CHECK(node.look(wanted).report.failures.size() == 3);
  const auto troubles = node.keeper.troubles();
  REQUIRE(troubles.size() == 1);
  CHECK(troubles[0].object == "tcp 10.0.0.1:1002");
  REQUIRE(node.keeper.next_try().has_value());

  const Convergence second = node.look(wanted);
  CHECK(second.report.writes == 0);
  CHECK(second.held.size() == 3);
  CHECK_FALSE(second.converged());
  REQUIRE(second.only.has_value());
  CHECK(*second.only == std::vector{service(2)});

  CHECK(node.look(many()).report.writes == 3);  // another wish is tried at once
  CHECK(node.keeper.troubles().empty());
  CHECK(node.look(many()).only->empty());
}

TEST_CASE("keeper: a removal that is held back stays owned") {
  Node node;
  node.look(many());
  State wanted = many();
  wanted.services.erase(service(3));
  wanted.destinations.erase(member(service(3), 1));
  wanted.destinations.erase(member(service(3), 2));
  node.fake.ipvs.faults.refuse = [](const IpvsWrite& write) {
    const auto* one = std::get_if<ServiceWrite>(&write);
    return one != nullptr && one->verb == Verb::remove ? EPERM : 0;
  };
  CHECK(node.look(wanted).report.failures.size() == 1);
  const Convergence second = node.look(wanted, Extent::everything);
  CHECK(second.held.size() == 1);
  CHECK(second.report.writes == 0);
  CHECK(load_ownership(node.directory)->services.contains(service(3)));
}

TEST_CASE("keeper: the members that are drained are looked at until they are gone") {
  Node node;
  const DrainRules rules{{service(1), {60s, {}, {}}}};
  node.look(many(), Extent::changes, rules);
  const DestinationKey leaving = member(service(1), 2);
  node.fake.ipvs.connections[leaving] = {3, 0, 0};
  State without = many();
  without.destinations.erase(leaving);

  CHECK(node.look(without, Extent::changes, rules).drains.size() == 1);
  CHECK(node.fake.ipvs.destinations.at(leaving).weight == 0);
  const Convergence second = node.look(without, Extent::changes, rules);
  REQUIRE(second.only.has_value());
  CHECK(*second.only == std::vector{service(1)});
  CHECK(second.report.writes == 0);

  node.fake.ipvs.connections.clear();
  CHECK(node.look(without, Extent::changes, rules).report.writes == 1);
  CHECK_FALSE(node.fake.ipvs.destinations.contains(leaving));
  CHECK(node.look(without, Extent::changes, rules).drains.empty());
  CHECK(node.look(without, Extent::changes, rules).only->empty());
}

TEST_CASE("keeper: drains of services that are not looked at go on") {
  Node node;
  const DrainRules rules{{service(1), {60s, {}, {}}}, {service(2), {60s, {}, {}}}};
  node.look(many(), Extent::changes, rules);
  State without = many();
  for (const int number : {1, 2}) {
    node.fake.ipvs.connections[member(service(number), 2)] = {3, 0, 0};
    without.destinations.erase(member(service(number), 2));
    CHECK(node.look(without, Extent::changes, rules).drains.size() == static_cast<std::size_t>(number));
  }
}

TEST_CASE("keeper: the tripwire finds a flushed table, a service more, and IPv6 services that are gone") {
  Node node;
  State wanted = many();
  const ServiceKey ipv6 = *ServiceKey::parse("tcp [2001:db8::1]:80");
  wanted.services.emplace(ipv6, Entry<Service>{{"rr", 0, 0, host_granularity(Family::ipv6), ""}, {}});
  node.look(wanted);
  CHECK_FALSE(node.keeper.tripped());

  node.fake.ipvs.services[service(9999)] = {"rr", 0, 0, host_granularity(Family::ipv4), ""};
  CHECK(node.keeper.tripped());
  node.look(wanted, Extent::everything);
  CHECK_FALSE(node.keeper.tripped());  // a foreign one that is known

  node.fake.ipvs.services.erase(ipv6);
  CHECK(node.keeper.tripped());
  node.look(wanted, Extent::everything);
  CHECK_FALSE(node.keeper.tripped());

  node.fake.ipvs.services.clear();
  node.fake.ipvs.destinations.clear();
  CHECK(node.keeper.tripped());
  CHECK(node.look(wanted, Extent::everything).converged());
  CHECK_FALSE(node.keeper.tripped());
}

TEST_CASE("keeper: a service that could not be made does not trip for ever") {
  Node node;
  State wanted = many();
  const ServiceKey ipv6 = *ServiceKey::parse("tcp [2001:db8::1]:80");
  wanted.services.emplace(ipv6, Entry<Service>{{"mh", 0, 0, host_granularity(Family::ipv6), ""}, {}});
  wanted.services.at(service(2)).value.scheduler = "mh";
  node.fake.ipvs.schedulers.erase("mh");
  node.look(wanted);
  CHECK_FALSE(node.keeper.tripped());
  CHECK_FALSE(node.keeper.tripped());
}

TEST_CASE("keeper: only looking shows the plan and changes nothing") {
  Node node;
  node.look(many());
  const int commands = node.fake.commands();
  const auto result = node.keeper.only_look(with_weight(many(), member(service(7), 1), 5), {});
  REQUIRE(result.has_value());
  CHECK(result->plan.destinations.size() == 1);
  CHECK(node.fake.commands() == commands);
}

TEST_CASE("changed: what was seen of some services becomes part of what is known") {
  Observation known;
  known.state = many();
  known.connections[member(service(1), 1)] = {5, 0, 0};
  known.connections[member(service(2), 1)] = {6, 0, 0};
  Observation part;
  part.interfaces.insert("eth9");
  part.state.services.emplace(service(1), Entry<Service>{{"wlc", 0, 0, 0, ""}, {}});
  part.state.destinations.emplace(member(service(1), 3), Entry<Destination>{});
  merge(known, std::move(part), std::vector{service(1), service(3)});
  CHECK(known.state.services.size() == services - 1);
  CHECK(known.state.services.at(service(1)).value.scheduler == "wlc");
  CHECK(known.state.destinations.size() == 2 * services - 3);
  CHECK(known.state.destinations.contains(member(service(1), 3)));
  CHECK(known.connections.size() == 1);
  CHECK(known.interfaces.contains("eth9"));
}
