// Source NAT and the SYN proxy from the manifest to the packet filter.
#include <cerrno>

#include "controller/report/observed_manifest.hpp"
#include "controller/report/plan_text.hpp"
#include "controller/report/terminal.hpp"
#include "controller/report/yaml_text.hpp"
#include "drivers/packet_rules_codec.hpp"
#include "fakes/fake_kernel.hpp"
#include "model/render.hpp"
#include "reconcilers/ownership.hpp"
#include "reconcilers/reconciler.hpp"
#include "reconcilers/rollback.hpp"
#include "tests/unit/manifest_text.hpp"

namespace {

using namespace ballast;
using testing::check;
using testing::document;

const std::string pool = document("Pool", "p", "members: [{address: 10.0.0.11, port: 8080}]");

std::string service(const std::string& more, const std::string& name = "s") {
  return document("VirtualService", name, "address: 192.0.2.1, port: 80, pool: p, nodes: [a, b], " + more);
}
std::string nat(const std::string& more) {
  return service("forwarding: NAT, " + more);
}

const std::string both = pool + nat("sourceNat: true, synProxy: {}");
const ServiceKey web = *ServiceKey::parse("tcp 192.0.2.1:80");

State wanted_of(const std::string& manifest) {
  const ReadOutcome outcome = testing::read(manifest);
  for (const Diagnostic& diagnostic : outcome.diagnostics) FAIL(diagnostic.text());
  return render(outcome.manifest, {}, "a");
}

/// A kernel in memory and what Ballast owns in it.
struct Node {
  FakeKernel fake;
  Ownership owned;
  std::string plan;  ///< of the last apply
  std::string failures;

  Node() { fake.sysctls.parameters["net.ipv4.vs.conntrack"] = {.value = "0", .minimum = 0, .maximum = 1}; }

  void apply(const State& wanted) {
    Kernel kernel = fake.kernel();
    auto observed = observe(kernel, wanted, owned);
    REQUIRE_MESSAGE(observed.has_value(), (observed ? "" : observed.error().text));
    const Plan next = make_plan(wanted, *observed, owned);
    plan = plan_text(next, *observed, Palette(false));
    owned = take_ownership(owned, wanted, *observed);
    const ApplyReport report = ballast::apply(next, *observed, kernel);
    failures.clear();
    for (const Failure& failure : report.failures) failures += failure.text + "\n";
    auto after = observe(kernel, wanted, owned);
    REQUIRE(after.has_value());
    owned = drop_ownership(owned, wanted, *after);
  }
  [[nodiscard]] std::string conntrack() const { return fake.sysctls.parameters.at("net.ipv4.vs.conntrack").value; }
};

PacketRules rules(bool source_nat, std::optional<SynProxy> proxy = std::nullopt) {
  return {source_nat, proxy};
}

}  // namespace

TEST_CASE("packet rules: a service's fields become rules and the sysctl that they stand on") {
  const State state = wanted_of(both);
  REQUIRE(state.packet_rules.size() == 1);
  CHECK(state.packet_rules.at(web).value == rules(true, SynProxy{1460, 7}));
  CHECK(state.packet_rules.at(web).origin.line_text() == "m:9");
  CHECK(state.sysctls.at("net.ipv4.vs.conntrack").value == "1");

  const State proxied = wanted_of(pool + nat("synProxy: {mss: 1400, windowScale: 0}"));
  CHECK(proxied.packet_rules.at(web).value == rules(false, SynProxy{1400, 0}));
  CHECK(wanted_of(pool + nat("sourceNat: false")).packet_rules.empty());
  CHECK(wanted_of(pool + nat("sourceNat: false")).sysctls.empty());
}

TEST_CASE("validate: source NAT and the SYN proxy") {
  const std::string bypass_nat =
      ": the replies of the others do not come back through the director, where their addresses are put right";
  const std::string bypass_proxy =
      ": the replies of the others bypass the director, which has to put their sequence numbers right";
  const std::string bare = document("Pool", "p", "members: [{address: 10.0.0.11}]");
  const std::string mixed = document("Pool", "p", "members: [{address: 10.0.0.11, forwarding: DR}]");
  const std::string sysctl = document("Sysctl", "y", "nodes: [b], values: {net.ipv4.vs.conntrack: 0}");
  check({
      {"both", both, {}},
      {"UDP", pool + nat("protocol: UDP, sourceNat: true"), {}},
      {"IPv6",
       document("Pool", "q", "members: [{address: '2001:db8::11', port: 8080}]") +
           document(
               "VirtualService", "s",
               "address: '2001:db8::1', port: 80, forwarding: NAT, pool: q, nodes: [a], sourceNat: true, synProxy: "
               "{}"),
       {}},
      {"DR",
       bare + service("forwarding: DR, sourceNat: true, synProxy: {}"),
       {"9:89: 'sourceNat' needs forwarding NAT, not DR" + bypass_nat,
        "9:105: 'synProxy' needs forwarding NAT, not DR" + bypass_proxy}},
      {"TUN",
       bare + service("forwarding: TUN, synProxy: {mss: 1400}"),
       {"9:89: 'synProxy' needs forwarding NAT, not TUN" + bypass_proxy}},
      {"a member by DR",
       mixed + nat("synProxy: {}"),
       {"4:51: 'synProxy' needs forwarding NAT of every member, in service 's', not DR" + bypass_proxy}},
      {"a sorry server by TUN",
       bare + nat("sourceNat: true, sorryServer: {address: 10.0.0.99, forwarding: TUN}"),
       {"9:142: 'sourceNat' needs forwarding NAT of the sorry server too, in service 's', not TUN" + bypass_nat}},
      {"UDP has no SYN", pool + nat("protocol: UDP, synProxy: {}"), {"9:104: 'synProxy' needs protocol: TCP, not UDP"}},
      {"SCTP",
       pool + nat("protocol: SCTP, sourceNat: true"),
       {"9:106: 'sourceNat' needs protocol: TCP or UDP, not SCTP, whose ends tell each other their addresses"}},
      {"each datagram by itself",
       pool + nat("protocol: UDP, sourceNat: true, schedulerFlags: [ops]"),
       {"9:128: ops (each datagram by itself) leaves no connection by which 'sourceNat' could find the client again; "
        "remove one of them"}},
      {"every port",
       bare + document("VirtualService", "s",
                       "address: 192.0.2.1, port: 0, persistence: {}, forwarding: NAT, pool: p, nodes: [a], sourceNat: "
                       "true"),
       {"9:103: 'sourceNat' needs a port, and this service has every port"}},
      {"a firewall mark",
       bare + document("VirtualService", "s", "fwmark: 7, forwarding: NAT, pool: p, nodes: [a], sourceNat: true"),
       {"9:68: 'sourceNat' finds connections by address and port, which a fwmark service has not; write a service for "
        "each address"}},
      {"an MSS too small and a scale too large",
       pool + nat("synProxy: {mss: 87, windowScale: 15}"),
       {"9:95: mss must be 88..65535, not 87", "9:112: windowScale must be 0..14, not 15"}},
      {"another wish for its sysctl",
       both + sysctl,
       {"14:29: net.ipv4.vs.conntrack is 0 here but must be 1 for 'sourceNat' of VirtualService/s on node 'b' (first "
        "at "
        "m:9:90)"}},
      {"the same wish", both + document("Sysctl", "y", "nodes: [b], values: {net.ipv4.vs.conntrack: 1}"), {}},
      {"another node", both + document("Sysctl", "y", "nodes: [c], values: {net.ipv4.vs.conntrack: 0}"), {}},
  });
}

TEST_CASE("packet rules: made, put back, changed and taken away, each by one write") {
  Node node;
  node.apply(wanted_of(both));
  CHECK(node.failures.empty());
  CHECK(node.plan.find("  + packet rules tcp 192.0.2.1:80: sourceNat true, synProxy mss 1460 windowScale 7") !=
        std::string::npos);
  CHECK(node.fake.packet_filter.table.rules == PacketRulesMap{{web, rules(true, SynProxy{1460, 7})}});
  CHECK(node.fake.packet_filter.commands == 1);
  CHECK(node.conntrack() == "1");
  node.apply(wanted_of(both));
  CHECK(node.plan.empty());

  node.fake.packet_filter.damage();
  node.apply(wanted_of(both));
  CHECK(node.plan.starts_with("  ~ packet rules tcp 192.0.2.1:80: table: damaged -> intact"));
  node.fake.packet_filter.flush();
  node.apply(wanted_of(both));
  CHECK(node.plan.starts_with("  + packet rules tcp 192.0.2.1:80"));
  CHECK(node.fake.packet_filter.commands == 3);

  node.apply(wanted_of(pool + nat("sourceNat: true")));
  CHECK(node.plan.starts_with("  ~ packet rules tcp 192.0.2.1:80: synProxy: mss 1460 windowScale 7 -> none"));
  node.apply(wanted_of(pool + nat("")));
  CHECK(node.plan.find("  - packet rules tcp 192.0.2.1:80: sourceNat true") != std::string::npos);
  CHECK_FALSE(node.fake.packet_filter.table.present);
  CHECK(node.conntrack() == "0");
  CHECK(node.owned.packet_rules.empty());
}

TEST_CASE("packet rules: nobody asks for the table where no manifest wants it and none was made") {
  Node node;
  node.apply(wanted_of(pool + nat("")));
  CHECK(node.fake.packet_filter.reads == 0);
  node.apply(wanted_of(both));
  node.apply(wanted_of(pool + nat("")));
  const int reads = node.fake.packet_filter.reads;
  node.apply(wanted_of(pool + nat("")));
  CHECK(node.fake.packet_filter.reads == reads);
}

TEST_CASE("packet rules: an emptied table that nobody wants goes, too") {
  Node node;
  node.apply(wanted_of(both));
  node.fake.packet_filter.table.rules.clear();
  node.apply(wanted_of(pool + nat("")));
  CHECK(node.failures.empty());
  CHECK_FALSE(node.fake.packet_filter.table.present);
  CHECK(node.owned.packet_rules.empty());
}

TEST_CASE("packet rules: what cannot be read is told of, not written over, and stops nothing else") {
  Node node;
  node.fake.packet_filter.trouble = {"the program nft is not installed", ENOENT};
  node.apply(wanted_of(both));
  CHECK(node.failures == "add packet rules tcp 192.0.2.1:80: the program nft is not installed (m:9)\n");
  CHECK(node.fake.packet_filter.commands == 0);
  CHECK(node.fake.ipvs.services.size() == 1);

  node.apply(wanted_of(pool + nat("")));
  CHECK(node.failures == "remove packet rules tcp 192.0.2.1:80: the program nft is not installed\n");
  CHECK(node.owned.packet_rules.contains(web));
  node.fake.packet_filter.trouble = {};
  node.apply(wanted_of(pool + nat("")));
  CHECK(node.owned.packet_rules.empty());
}

TEST_CASE("packet rules: the records keep them, and records without them are read") {
  Node node;
  node.apply(wanted_of(both));
  const auto owned = parse_ownership(ownership_text(node.owned));
  REQUIRE(owned.has_value());
  CHECK(*owned == node.owned);
  CHECK(owned->packet_rules.contains(web));

  Kernel kernel = node.fake.kernel();
  const auto seen = observe(kernel, wanted_of(both), node.owned);
  REQUIRE(seen.has_value());
  const auto before = parse_state(state_text(state_before(*seen, node.owned)));
  REQUIRE(before.has_value());
  CHECK(before->packet_rules.at(web).value == rules(true, SynProxy{1460, 7}));
}

TEST_CASE("packet rules: get prints them as the service's fields") {
  Node node;
  node.apply(wanted_of(both));
  Kernel kernel = node.fake.kernel();
  const auto seen = observe(kernel, real_server_sysctls(), node.owned);
  REQUIRE(seen.has_value());
  const std::string text = yaml_text(observed_manifest(*seen, node.owned, "a").documents);
  CHECK(text.find("  sourceNat: true\n  synProxy:\n    mss: 1460\n    windowScale: 7\n") != std::string::npos);
  CHECK(wanted_of(text).packet_rules.at(web).value == rules(true, SynProxy{1460, 7}));
}
