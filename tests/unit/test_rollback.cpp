// Roll-backs: what is returned to after a change, whoever made it, and the record that outlives a killed apply.
#include "controller/rollback.hpp"
#include "fakes/fake_kernel.hpp"
#include "model/render.hpp"
#include "reconcilers/rollback.hpp"
#include "tests/unit/folder.hpp"
#include "tests/unit/manifest_text.hpp"

namespace {

using namespace ballast;
using testing::document;
using testing::Folder;

State wanted_of(const std::string& manifest) {
  const ReadOutcome outcome = read_and_validate({{"m", manifest}});
  for (const Diagnostic& diagnostic : outcome.diagnostics) FAIL(diagnostic.text());
  return render(outcome.manifest, {}, "a");
}

std::string service(const std::string& address, const std::string& scheduler, const std::string& members) {
  std::string name = "s";
  for (const char c : address) name += c == '.' ? '-' : c;
  return document("VirtualService", name,
                  "address: " + address + ", port: 80, scheduler: " + scheduler +
                      ", forwarding: DR, nodes: [a], pool: " + name) +
         document("Pool", name, "members: [" + members + "]");
}

ServiceKey key_of(const std::string& address) {
  return {*IpAddress::parse(address), Protocol::tcp, 80, 0};
}

/// A node with a kernel in memory and a state directory of its own.
struct Node {
  Node() {
    fake.network.add_device("eth0", true);
    fake.sysctls.parameters["net.ipv4.ip_forward"].value = "0";
  }

  void apply(const State& wanted) {
    Kernel kernel = fake.kernel();
    const auto result = converge(wanted, kernel, directory);
    REQUIRE_MESSAGE(result.has_value(), (result ? "" : result.error().text));
  }
  Rollback prepare(const State& wanted) {
    Kernel kernel = fake.kernel();
    const auto prospect = look_ahead(wanted, {}, kernel, directory);
    REQUIRE(prospect.has_value());
    return make_rollback(*prospect, BootTime(1));
  }
  /// What the kernel has of everything; the addresses as texts.
  [[nodiscard]] auto kernel_state() const {
    std::set<std::string> addresses;
    for (const ObservedAddress& address : fake.network.addresses) addresses.insert(address.key.text());
    return std::tuple(fake.ipvs.services, fake.ipvs.destinations, fake.ipvs.daemons, fake.ipvs.timeouts, addresses,
                      fake.sysctls.parameters.at("net.ipv4.ip_forward").value);
  }

  FakeKernel fake;
  Folder folder{"rollback"};
  StateDir directory{folder.path("")};
};

const std::string before = service("10.0.0.1", "rr", "{address: 10.0.1.1}, {address: 10.0.1.2, weight: 3}") +
                           document("Address", "vip", "nodes: [a], interface: eth0, address: 10.0.0.1/24") +
                           document("Director", "d", "nodes: [a], timeouts: {tcp: 100s}");
const std::string after = service("10.0.0.1", "wlc", "{address: 10.0.1.2, weight: 5}") +
                          service("10.0.0.9", "wrr", "{address: 10.0.1.9}") +
                          document("Address", "vip", "nodes: [a], interface: eth0, address: 10.0.0.9/24") +
                          document("Director", "d",
                                   "nodes: [a], timeouts: {udp: 33s}, sysctls: {net.ipv4.ip_forward: 1}, syncDaemon: "
                                   "{role: master, interface: eth0, syncId: 3}");

}  // namespace

TEST_CASE("roll-back: the kernel and the record are what they were, objects of others that were taken over too") {
  Node node;
  const Service theirs{"sh", 0, 0, host_granularity(Family::ipv4), ""};
  node.fake.ipvs.services[key_of("10.0.0.9")] = theirs;
  node.fake.ipvs.destinations[{key_of("10.0.0.9"), *IpAddress::parse("10.0.1.77"), 80}] = {Forwarding::dr, 7, 0, 0, {}};
  node.apply(wanted_of(before));
  const auto kernel_before = node.kernel_state();
  const Ownership owned_before = *load_ownership(node.directory);

  const Rollback rollback = node.prepare(wanted_of(after));
  REQUIRE(save_rollback(node.directory, rollback).has_value());
  node.apply(wanted_of(after));
  CHECK(node.fake.ipvs.services.at(key_of("10.0.0.9")).scheduler == "wrr");
  CHECK_FALSE(node.kernel_state() == kernel_before);

  // What is read back from the disk is what another process would undo.
  Kernel kernel = node.fake.kernel();
  const auto undone = undo_unconfirmed(kernel, node.directory);
  REQUIRE_MESSAGE(undone.has_value(), (undone ? "" : undone.error().text));
  REQUIRE(undone->has_value());
  CHECK((*undone)->converged());
  CHECK(node.kernel_state() == kernel_before);
  CHECK(*load_ownership(node.directory) == owned_before);
  CHECK_FALSE(load_rollback(node.directory)->has_value());

  node.apply(State{});
  CHECK(node.fake.ipvs.services.size() == 1);
  CHECK(node.fake.ipvs.services.at(key_of("10.0.0.9")) == theirs);
}

TEST_CASE("roll-back: what only carries another manifest's plan is told apart from what others had made") {
  Node node;
  node.fake.ipvs.services[key_of("10.0.0.9")] = {"sh", 0, 0, host_granularity(Family::ipv4), ""};
  node.apply(wanted_of(before));
  const Ownership owned = *load_ownership(node.directory);
  Kernel kernel = node.fake.kernel();
  const auto observed = observe(kernel, wanted_of(after), owned);
  REQUIRE(observed.has_value());
  const State theirs = taken_over(*observed, owned, take_ownership(owned, wanted_of(after), *observed));
  REQUIRE(theirs.services.size() == 1);
  CHECK(theirs.services.begin()->first == key_of("10.0.0.9"));
  CHECK(theirs.addresses.empty());

  const State both = with(wanted_of(before), theirs);
  CHECK(both.services.size() == 2);
  CHECK(disown(take_ownership(owned, both, *observed), theirs) == owned);
}

TEST_CASE("roll-back: a state as text is the same state, and what is no record is refused") {
  Node node;
  node.apply(wanted_of(after));
  Kernel kernel = node.fake.kernel();
  const auto observed = observe(kernel, wanted_of(after), *load_ownership(node.directory));
  REQUIRE(observed.has_value());
  const std::string text = state_text(observed->state);
  const auto read = parse_state(text);
  REQUIRE_MESSAGE(read.has_value(), (read ? "" : read.error().text));
  CHECK(state_text(*read) == text);
  CHECK(read->services.size() == 2);
  CHECK(read->daemons.at(DaemonRole::master).value == observed->state.daemons.at(DaemonRole::master).value);
  for (const char* wrong : {"", "{}", "[1]", "{\"version\": 2}"}) {
    CHECK(parse_state(wrong).has_error());
    CHECK(parse_rollback(wrong).has_error());
  }
  REQUIRE(node.directory.save("unconfirmed.json", "{\"deadline\": 1}").has_value());
  CHECK(load_rollback(node.directory).has_error());
}
