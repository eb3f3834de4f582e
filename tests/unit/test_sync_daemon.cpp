// Connection synchronisation from the manifest to the kernel: which daemon a node runs, and how one becomes the other.
#include <cerrno>

#include "controller/report/observed_manifest.hpp"
#include "controller/report/plan_text.hpp"
#include "controller/report/terminal.hpp"
#include "fakes/fake_kernel.hpp"
#include "model/render.hpp"
#include "reconcilers/ownership.hpp"
#include "reconcilers/reconciler.hpp"
#include "tests/unit/manifest_text.hpp"

namespace {

using namespace ballast;
using testing::check;
using testing::document;

const std::string router = document("VirtualRouter", "web",
                                    "virtualRouterId: 1, interface: eth0, addresses: [192.0.2.1/24], routers: "
                                    "[{node: a}, {node: b}]");

std::string director(const std::string& spec, const std::string& nodes = "a, b") {
  return document("Director", "d", "nodes: [" + nodes + "], syncDaemon: {" + spec + "}");
}

const std::string following = router + director("router: web, interface: eth1, syncId: 51");

State wanted_of(const std::string& manifest, const std::set<std::string, std::less<>>& master_of = {}) {
  const ReadOutcome outcome = testing::read(manifest);
  for (const Diagnostic& diagnostic : outcome.diagnostics) FAIL(diagnostic.text());
  Conditions conditions;
  conditions.master_of = master_of;
  conditions.vips_by_vrrp = true;
  return render(outcome.manifest, conditions, "a");
}

/// A kernel in memory and what Ballast owns in it.
struct Node {
  FakeKernel fake;
  Ownership owned;
  std::string plan;  ///< of the last apply
  std::string failures;

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
  [[nodiscard]] std::string running() const {
    std::string text;
    for (const auto& [role, daemon] : fake.ipvs.daemons) {
      text += std::string(text_of(role)) + " " + daemon.interface + " " + std::to_string(daemon.sync_id) + "\n";
    }
    return text;
  }
};

}  // namespace

TEST_CASE("sync daemon: master while the node is MASTER of the router, else backup") {
  const State standby = wanted_of(following);
  REQUIRE(standby.daemons.size() == 1);
  const auto& [role, entry] = *standby.daemons.begin();
  CHECK(role == DaemonRole::backup);
  CHECK(entry.value == SyncDaemon{"eth1", 51, *IpAddress::parse("224.0.0.81"), 8848, 1, 0});
  CHECK(entry.origin.line_text() == "m:9");

  const State active = wanted_of(following, {"web"});
  REQUIRE(active.daemons.size() == 1);
  CHECK(active.daemons.begin()->first == DaemonRole::master);
  CHECK(wanted_of(following, {"other"}).daemons.contains(DaemonRole::backup));
}

TEST_CASE("sync daemon: a role that is said does not follow any router") {
  const std::string fixed = director(
      "role: master, interface: eth1, syncId: 0, maxLength: 2000, group: 239.0.0.1, port: 1, "
      "ttl: 255",
      "a");
  CHECK(wanted_of(fixed).daemons.at(DaemonRole::master).value ==
        SyncDaemon{"eth1", 0, *IpAddress::parse("239.0.0.1"), 1, 255, 2000});
  CHECK(
      wanted_of(fixed + document("Director", "e", "nodes: [a], syncDaemon: {role: backup, interface: eth1, syncId: 2}"))
          .daemons.size() == 2);
  CHECK(wanted_of(director("role: backup, interface: eth1, syncId: 1", "b")).daemons.empty());
}

TEST_CASE("validate: sync daemons") {
  check({
      {"as the design writes it", following, {}},
      {"no such router",
       router + director("router: wbe, interface: eth1, syncId: 51"),
       {"9:44: there is no VirtualRouter 'wbe' (did you mean 'web'?)"}},
      {"a node that is none of the router's",
       router + director("router: web, interface: eth1, syncId: 51", "a, c"),
       {"9:44: VirtualRouter 'web' does not name node 'c', which then never is its MASTER; add it there or remove it "
        "here"}},
      {"neither router nor role",
       director("interface: eth1, syncId: 51"),
       {"4:35: a syncDaemon needs 'router', whose role it follows, or 'role', master or backup"}},
      {"router and role",
       router + director("router: web, role: master, interface: eth1, syncId: 51"),
       {"9:55: a syncDaemon has 'router' or 'role', not both; remove one of them"}},
      {"a role in capitals",
       director("role: MASTER, interface: eth1, syncId: 51"),
       {"4:42: role must be master or backup, not 'MASTER' (did you mean 'master'?)"}},
      {"an id of 256",
       director("role: master, interface: eth1, syncId: 256"),
       {"4:75: syncId must be 0..255, not 256"}},
      {"no interface and no id",
       director("role: master"),
       {"4:35: syncDaemon: missing field 'interface'", "4:35: syncDaemon: missing field 'syncId'"}},
      {"a unicast group",
       director("role: master, interface: eth1, syncId: 1, group: 192.0.2.1"),
       {"4:85: group 192.0.2.1 is no multicast address; the default is 224.0.0.81"}},
      {"a length that IPv6 does not carry",
       director("role: master, interface: eth1, syncId: 1, group: 'ff02::51', maxLength: 65500"),
       {"4:108: maxLength is 65487 at most with an IPv6 group"}},
      {"a length below what a backup takes",
       director("role: master, interface: eth1, syncId: 1, maxLength: 1000"),
       {"4:89: maxLength must be 1024..65507, not 1000"}},
      {"two on one node",
       following + document("Director", "e", "nodes: [b], syncDaemon: {role: backup, interface: eth1, syncId: 2}"),
       {"14:32: node 'b' has a sync daemon as backup already, and the kernel runs one (first at m:9:35)"}},
      {"beside a service with members of the other family",
       following +
           document("VirtualService", "six", "address: '2001:db8::1', port: 80, forwarding: TUN, nodes: [b], pool: p") +
           document("Pool", "p", "members: [{address: 192.0.2.7}]"),
       {"9:35: node 'b' has a service whose members are of the other address family, VirtualService/six, and the "
        "kernel synchronises no connections then (first at m:13:18)"}},
  });
}

TEST_CASE("sync daemon: at a change of roles the wanted one is started before the other is stopped") {
  Node node;
  node.apply(wanted_of(following));
  CHECK(node.running() == "backup eth1 51\n");
  node.apply(wanted_of(following));
  CHECK(node.plan.empty());

  std::vector<std::string> order;
  node.fake.ipvs.faults.refuse = [&](const IpvsWrite& write) {
    const auto& daemon = std::get<DaemonWrite>(write);
    order.push_back((daemon.verb == Verb::add ? "start " : "stop ") + std::string(text_of(daemon.role)));
    return 0;
  };
  node.apply(wanted_of(following, {"web"}));
  CHECK(order == std::vector<std::string>{"start master", "stop backup"});
  CHECK(node.running() == "master eth1 51\n");
  CHECK(node.plan ==
        "  + daemon sync master: interface eth1, syncId 51                       m:9\n"
        "  - daemon sync backup: interface eth1, syncId 51, maxLength 1472       no manifest wants it\n");
}

TEST_CASE("sync daemon: other values are a restart, and the kernel's choice of a length is none") {
  Node node;
  node.apply(wanted_of(following, {"web"}));
  node.apply(wanted_of(router + director("router: web, interface: eth1, syncId: 52"), {"web"}));
  CHECK(node.running() == "master eth1 52\n");
  CHECK(node.plan == "  ~ daemon sync master: syncId: 51 -> 52                                m:9\n");
  node.apply(wanted_of(router + director("router: web, interface: eth1, syncId: 52, maxLength: 1400"), {"web"}));
  CHECK(node.fake.ipvs.daemons.at(DaemonRole::master).max_length == 1400);
  node.apply(wanted_of(router));
  CHECK(node.running().empty());
  CHECK(node.owned.daemons.empty());
}

TEST_CASE("sync daemon: what somebody else started is left alone unless it is wanted") {
  Node node;
  const SyncDaemon theirs{"eth0", 7, *IpAddress::parse("224.0.0.81"), 8848, 1, 1472};
  node.fake.ipvs.daemons[DaemonRole::master] = theirs;
  node.apply(wanted_of(following));
  CHECK(node.plan.ends_with("foreign, left alone:\n    daemon sync master (id 7 on eth0)\n"));
  CHECK(node.running() == "master eth0 7\nbackup eth1 51\n");
  node.apply(wanted_of(router));
  CHECK(node.running() == "master eth0 7\n");
  node.apply(wanted_of(following, {"web"}));
  CHECK(node.running() == "master eth1 51\n");
}

TEST_CASE("sync daemon: a failure names the interface and the line") {
  Node node;
  node.fake.ipvs.interfaces.erase("eth1");
  node.apply(wanted_of(following));
  CHECK(node.failures == "start daemon sync backup: there is no interface 'eth1' on this node (ENODEV) (m:9)\n");
}

TEST_CASE("sync daemon: ownership is kept as text, and a record without daemons is read") {
  Ownership owned;
  owned.daemons = {DaemonRole::master, DaemonRole::backup};
  const auto read = parse_ownership(ownership_text(owned));
  REQUIRE(read.has_value());
  CHECK(*read == owned);
  const auto old = parse_ownership(
      R"({"version":1,"services":[],"addresses":[],"formerSysctls":{},"formerTimeouts":{},"formerLinks":{}})");
  REQUIRE(old.has_value());
  CHECK(old->daemons.empty());
}

TEST_CASE("sync daemon: what get prints says the role and is a manifest of the same") {
  Node node;
  node.apply(wanted_of(director("role: backup, interface: eth1, syncId: 51, maxLength: 1400, port: 9000", "a")));
  Kernel kernel = node.fake.kernel();
  const auto observed = observe(kernel, State{}, node.owned);
  REQUIRE(observed.has_value());
  const auto documents = observed_manifest(*observed, node.owned, "a").documents;
  std::string text;
  for (const auto& each : documents) text += each.dump() + "\n---\n";
  const State again = wanted_of(text);
  REQUIRE(again.daemons.size() == 1);
  CHECK(again.daemons.at(DaemonRole::backup).value == node.fake.ipvs.daemons.at(DaemonRole::backup));
}
