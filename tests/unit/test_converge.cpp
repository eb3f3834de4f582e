// From a manifest's text to a kernel in memory: what is written, in which order, and what is left alone.
#include <cerrno>

#include <doctest/doctest.h>

#include "controller/converge.hpp"
#include "fakes/fake_kernel.hpp"
#include "model/render.hpp"
#include "reconcilers/ownership.hpp"
#include "tests/unit/folder.hpp"

namespace {

using namespace ballast;
using testing::Folder;

/// A node with a kernel in memory and a state directory of its own.
struct Node {
  Node() { fake.network.add_device("eth0", true); }

  Convergence apply(const std::string& manifest, const Conditions& conditions = {}) {
    const ReadOutcome outcome = read_and_validate({{"m.yaml", manifest}});
    for (const Diagnostic& diagnostic : outcome.diagnostics) FAIL(diagnostic.text());
    return apply(render(outcome.manifest, conditions, "a"));
  }
  Convergence apply(const State& wanted) {
    Kernel kernel = fake.kernel();
    auto result = converge(wanted, kernel, directory);
    REQUIRE_MESSAGE(result.has_value(), (result ? "" : result.error().text));
    return std::move(*result);
  }
  std::string record() const { return directory.load("owned.json")->value_or(""); }

  FakeKernel fake;
  Folder folder{"converge"};
  StateDir directory{folder.path("")};
};

std::string address(const std::string& name, const std::string& prefix, const std::string& interface = "eth0") {
  return "apiVersion: ballast/v1\nkind: Address\nmetadata: {name: " + name +
         "}\nspec: {nodes: [a], interface: " + interface + ", address: \"" + prefix + "\"}\n---\n";
}

std::string service(const std::string& name, const std::string& head, const std::string& members) {
  return "apiVersion: ballast/v1\nkind: VirtualService\nmetadata: {name: " + name + "}\nspec: {" + head +
         ", nodes: [a], pool: " + name + "}\n---\napiVersion: ballast/v1\nkind: Pool\nmetadata: {name: " + name +
         "}\nspec: {members: [" + members + "]}\n---\n";
}

const std::string web = service("web", "address: 10.0.0.1, port: 80, scheduler: rr, forwarding: DR",
                                "{address: 10.0.1.1}, {address: 10.0.1.2, weight: 3}");

std::string texts(const std::vector<Failure>& failures) {
  std::string all;
  for (const Failure& failure : failures) all += failure.text + "\n";
  return all;
}

AddressKey key(const std::string& prefix, const std::string& interface = "eth0") {
  return {interface, *Prefix::parse(prefix)};
}

bool has_address(const Node& node, const AddressKey& wanted) {
  for (const ObservedAddress& item : node.fake.network.addresses) {
    if (item.key == wanted) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("converge: a second apply writes nothing, neither to the kernel nor to the state directory") {
  Node node;
  CHECK(node.apply(web + address("vip", "10.0.0.1/24")).report.writes == 4);
  const std::string record = node.record();
  const int commands = node.fake.commands();
  const Convergence second = node.apply(web + address("vip", "10.0.0.1/24"));
  CHECK(second.plan.empty());
  CHECK(second.report.writes == 0);
  CHECK(node.fake.commands() == commands);
  CHECK(node.record() == record);
}

TEST_CASE("converge: a changed weight is one update and no removal") {
  Node node;
  node.apply(web);
  const Convergence result = node.apply(service("web", "address: 10.0.0.1, port: 80, scheduler: rr, forwarding: DR",
                                                "{address: 10.0.1.1}, {address: 10.0.1.2, weight: 5}"));
  CHECK(result.report.writes == 1);
  REQUIRE(result.plan.destinations.size() == 1);
  CHECK(result.plan.destinations[0].verb == Verb::update);
  CHECK(result.plan.destinations[0].before->weight == 3);
  CHECK(result.plan.destinations[0].after->weight == 5);
}

TEST_CASE("converge: what was written is read again, the rest of the table is not") {
  Node node;
  const std::string other =
      service("other", "address: 10.0.0.2, port: 80, scheduler: rr, forwarding: DR", "{address: 10.0.1.3}");
  node.apply(web + other);
  node.fake.ipvs.full_dumps = 0;
  const Convergence result = node.apply(
      service("web", "address: 10.0.0.1, port: 80, scheduler: rr, forwarding: DR", "{address: 10.0.1.1, weight: 9}") +
      other);
  CHECK(result.converged());
  CHECK(result.report.writes == 2);
  CHECK(node.fake.ipvs.full_dumps == 1);
  CHECK(node.fake.ipvs.services.size() == 2);
}

TEST_CASE("converge: a service that goes takes its destinations with it in one write") {
  Node node;
  node.apply(web +
             service("dns", "address: 10.0.0.1, port: 53, protocol: UDP, forwarding: NAT", "{address: 10.0.1.1}"));
  const Convergence result = node.apply(web);
  CHECK(result.report.writes == 1);
  CHECK(node.fake.ipvs.services.size() == 1);
  CHECK(node.fake.ipvs.destinations.size() == 2);
}

TEST_CASE("converge: what somebody else made is left alone and listed, and a wanted one is adopted without a write") {
  Node node;
  const ServiceKey foreign{*IpAddress::parse("10.9.9.9"), Protocol::tcp, 99, 0};
  Service value{"rr", 0, 0, host_granularity(Family::ipv4), ""};
  node.fake.ipvs.services[foreign] = value;
  node.fake.network.add_foreign(key("10.0.0.9/24"), {});
  const Convergence first = node.apply(web);
  REQUIRE(first.plan.foreign.size() == 2);
  CHECK(first.plan.foreign[0].object == "service tcp 10.9.9.9:99");
  CHECK(first.plan.foreign[1].object == "address 10.0.0.9/24 on eth0");
  node.apply(State{});
  CHECK(node.fake.ipvs.services.contains(foreign));
  CHECK(has_address(node, key("10.0.0.9/24")));

  const Convergence adopted =
      node.apply(service("theirs", "address: 10.9.9.9, port: 99, scheduler: rr, forwarding: DR", "") +
                 address("theirs", "10.0.0.9/24"));
  CHECK(adopted.report.writes == 0);
  CHECK(node.apply(State{}).report.writes == 2);
  CHECK_FALSE(node.fake.ipvs.services.contains(foreign));
  CHECK_FALSE(has_address(node, key("10.0.0.9/24")));
}

TEST_CASE("converge: a destination that somebody adds to our service is drift") {
  Node node;
  node.apply(web);
  const ServiceKey ours{*IpAddress::parse("10.0.0.1"), Protocol::tcp, 80, 0};
  node.fake.ipvs.destinations[{ours, *IpAddress::parse("10.0.1.9"), 80}] = {};
  CHECK(node.apply(web).report.writes == 1);
  CHECK(node.fake.ipvs.destinations.size() == 2);
}

TEST_CASE("converge: a missing scheduler stops the service's destinations, not the other service") {
  Node node;
  node.fake.ipvs.schedulers.erase("mh");
  const Convergence result = node.apply(
      service("bad", "address: 10.0.0.2, port: 80, scheduler: mh, forwarding: DR", "{address: 10.0.1.1}") + web);
  CHECK(texts(result.report.failures) ==
        "add service tcp 10.0.0.2:80: the kernel has no scheduler 'mh'; load its module with \"modprobe ip_vs_mh\" "
        "(ENOENT) "
        "(m.yaml:3)\n"
        "add destination 10.0.1.1:80 of tcp 10.0.0.2:80: not tried: its service could not be added (m.yaml:9)\n");
  CHECK_FALSE(result.converged());
  CHECK(node.fake.ipvs.services.size() == 1);
  CHECK(node.fake.ipvs.destinations.size() == 2);
}

TEST_CASE("converge: sysctls get back the value that was there before, also after a crash in between") {
  Node node;
  const std::string manifest =
      "apiVersion: ballast/v1\nkind: Sysctl\nmetadata: {name: x}\nspec: {nodes: [a], values: {net.ipv4.ip_forward: "
      "1}}\n";
  REQUIRE(node.fake.sysctls.parameters.at("net.ipv4.ip_forward").value == "0");
  node.apply(manifest);
  CHECK(node.fake.sysctls.parameters.at("net.ipv4.ip_forward").value == "1");
  node.apply(manifest);  // a later look must not take 1 for the former value
  node.apply(State{});
  CHECK(node.fake.sysctls.parameters.at("net.ipv4.ip_forward").value == "0");
  CHECK(node.record().find("ip_forward") == std::string::npos);
}

TEST_CASE("converge: without arp_ignore the VIP does not go on lo, as the node would answer ARP for it") {
  Node node;
  node.fake.sysctls.read_only = true;
  const Convergence result = node.apply(
      "apiVersion: ballast/v1\nkind: RealServer\nmetadata: {name: r}\nspec: {nodes: [a], addresses: [10.0.0.1]}\n");
  CHECK_FALSE(has_address(node, key("10.0.0.1/32", "lo")));
  REQUIRE(result.report.failures.size() == 5);
  CHECK(result.report.failures[0].text ==
        "set net.ipv4.conf.all.arp_announce: is 0, wanted 2, but it could not be set: /proc/sys is read-only here; set "
        "it "
        "on the host (EROFS) (m.yaml:4)");
  CHECK(result.report.failures[4].text ==
        "add address 10.0.0.1/32 on lo: not tried: this node would answer ARP for it, as arp_ignore or arp_announce "
        "could "
        "not be set (m.yaml:4)");
}

TEST_CASE("converge: a primary address that goes does not take its subnet's others with it") {
  Node node;
  node.apply(address("vip", "10.0.0.1/24"));
  node.fake.network.add_foreign(key("10.0.0.9/24"), {});
  REQUIRE(node.fake.sysctls.parameters.at("net.ipv4.conf.eth0.promote_secondaries").value == "0");
  node.apply(State{});
  CHECK_FALSE(has_address(node, key("10.0.0.1/24")));
  CHECK(has_address(node, key("10.0.0.9/24")));
  CHECK(node.fake.sysctls.parameters.at("net.ipv4.conf.eth0.promote_secondaries").value == "0");
}

TEST_CASE("converge: an IPv6 prefix length changes although the kernel knows the address only once") {
  Node node;
  node.apply(address("vip", "2001:db8::1/64"));
  const Convergence result = node.apply(address("vip", "2001:db8::1/128"));
  CHECK(result.converged());
  CHECK(result.report.writes == 2);
  CHECK(has_address(node, key("2001:db8::1/128")));
  CHECK_FALSE(has_address(node, key("2001:db8::1/64")));
}

TEST_CASE("converge: a failed dump is an error and changes nothing, not an empty table") {
  Node node;
  node.apply(web);
  const int commands = node.fake.commands();
  node.fake.ipvs.faults.failing_dumps = 100;
  Kernel kernel = node.fake.kernel();
  CHECK(converge(State{}, kernel, node.directory).has_error());
  CHECK(node.fake.commands() == commands);
  CHECK(node.fake.ipvs.services.size() == 1);
}

TEST_CASE("converge: lost answers are made good by looking again") {
  Node node;
  node.fake.ipvs.faults.answers_lost_from = 0;
  const Convergence result = node.apply(web);
  CHECK(result.converged());
  CHECK(node.fake.ipvs.destinations.size() == 2);
}

TEST_CASE("converge: a damaged record of ownership is an error that names the file") {
  Node node;
  node.apply(web);
  REQUIRE(node.directory.save("owned.json", "{\"version\": 1").has_value());
  Kernel kernel = node.fake.kernel();
  const auto result = converge(State{}, kernel, node.directory);
  REQUIRE(result.has_error());
  CHECK(result.error().text.find("owned.json: not a record of ownership, or damaged; move it") != std::string::npos);
  CHECK(result.error().text.find("json.exception") == std::string::npos);
  CHECK(node.fake.ipvs.services.size() == 1);
}

TEST_CASE("converge: a crash before the first write leaves nothing without an owner") {
  Node node;
  node.fake.ipvs.faults.broken_from = 1;  // the service is made, then the connection to the kernel breaks
  node.apply(web);
  CHECK(node.record().find("tcp 10.0.0.1:80") != std::string::npos);
}

TEST_CASE("ownership: what is written down is read back") {
  Ownership owned;
  owned.services = {{*IpAddress::parse("2001:db8::1"), Protocol::udp, 53, 0}, ServiceKey::of_fwmark(Family::ipv6, 7)};
  owned.addresses = {key("10.0.0.1/24")};
  owned.former_sysctls = {{"net.ipv4.ip_forward", "0"}};
  owned.former_timeouts = {{Timer::tcp_fin, 120}};
  owned.former_links = {{"tunl0", false}};
  CHECK(parse_ownership(ownership_text(owned)).value() == owned);
}

TEST_CASE("two sites may have the same VIP: each node follows the VirtualRouter that it is a router of") {
  const auto group = [](const std::string& name, const std::string& node) {
    return "apiVersion: ballast/v1\nkind: VirtualRouter\nmetadata: {name: " + name +
           "}\nspec: {virtualRouterId: 1, interface: eth0, addresses: [10.0.0.1/16], routers: [{node: " + node +
           "}]}\n---\n";
  };
  const std::string sites =
      group("north", "b") + group("south", "a") +
      "apiVersion: ballast/v1\nkind: VirtualService\nmetadata: {name: s}\nspec: {address: 10.0.0.1, "
      "port: 80, forwarding: DR, pool: p}\n---\napiVersion: ballast/v1\nkind: Pool\nmetadata: {name: "
      "p}\nspec: {members: []}\n";
  for (const char* node : {"a", "b"}) {
    const ReadOutcome outcome = read_and_validate({{"m.yaml", sites}});
    REQUIRE(outcome.diagnostics.empty());
    CHECK(render(outcome.manifest, {}, node).services.size() == 1);
  }
}

TEST_CASE("a director that is a member of the pool programs the service only while it is MASTER") {
  Node node;
  node.fake.network.add_foreign(key("10.0.1.1/16"), {});
  const std::string manifest =
      "apiVersion: ballast/v1\nkind: VirtualRouter\nmetadata: {name: r}\nspec: {virtualRouterId: 1, interface: eth0, "
      "addresses: [10.0.0.1/16], routers: [{node: a}, {node: b}]}\n---\napiVersion: ballast/v1\nkind: VirtualService\n"
      "metadata: {name: s}\nspec: {address: 10.0.0.1, port: 80, forwarding: DR, pool: p}\n---\napiVersion: ballast/v1\n"
      "kind: Pool\nmetadata: {name: p}\nspec: {members: [{address: 10.0.1.1}, {address: 10.0.1.2}]}\n";
  Conditions conditions;
  conditions.local_addresses = {*IpAddress::parse("10.0.1.1")};
  CHECK(node.apply(manifest, conditions).plan.services.empty());
  conditions.master_of = {"r"};
  CHECK(node.apply(manifest, conditions).plan.services.size() == 1);
  conditions.local_addresses.clear();
  conditions.master_of.clear();
  CHECK(node.apply(manifest, conditions).plan.services.empty());  // a standby that is no member keeps it
  CHECK(node.fake.ipvs.services.size() == 1);
}

TEST_CASE("converge: what was never sent is no kernel write") {
  Node node;
  const Convergence result = node.apply(address("vip", "10.0.0.1/24", "eth9") + address("other", "10.0.0.2/24"));
  CHECK(texts(result.report.failures) ==
        "add address 10.0.0.1/24 on eth9: there is no interface 'eth9' on this node (ENODEV) (m.yaml:4)\n");
  CHECK(result.report.writes == 1);
  State wanted;
  wanted.sysctls.emplace("net.ipv4.missing", Entry<SysctlValue>{"1", {}});
  const Convergence sysctl = node.apply(wanted);
  REQUIRE(sysctl.report.failures.size() == 1);
  CHECK(sysctl.report.writes == 1);  // the removal of the address
  REQUIRE(sysctl.plan.warnings.size() == 1);
  CHECK(sysctl.plan.warnings[0].text == "there is no parameter 'net.ipv4.missing' on this node: it cannot be set");
}

TEST_CASE("converge: removing a primary address and its heir at once leaves the others of their subnet alone") {
  Node node;
  const std::string kept = address("c", "10.0.0.3/24");
  node.apply(address("a", "10.0.0.1/24") + address("b", "10.0.0.2/24") + kept);
  const Convergence result = node.apply(kept);
  CHECK(result.converged());
  CHECK(result.report.writes == 6);  // two removals, each with promote_secondaries on and off; nothing is made anew
  CHECK(has_address(node, key("10.0.0.3/24")));
  CHECK(node.fake.sysctls.parameters.at("net.ipv4.conf.eth0.promote_secondaries").value == "0");
}

TEST_CASE("converge: an address that replaces its subnet's primary in one apply does not go with it") {
  Node node;
  node.apply(address("a", "10.0.0.1/24"));
  const Convergence result = node.apply(address("b", "10.0.0.2/24"));
  CHECK(result.converged());
  CHECK(result.report.writes == 4);  // one added, promote_secondaries on, one removed, and off
  CHECK(has_address(node, key("10.0.0.2/24")));
}
