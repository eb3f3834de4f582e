// What follows from health: who serves with what weight, the quorum, the sorry server; as judge() says and as render()
// does.
#include "model/render.hpp"
#include "tests/unit/manifest_text.hpp"

namespace {

using namespace ballast;
using ballast::testing::document;
using ballast::testing::texts_of;

/// A service of members 10.0.0.1 to 10.0.0.N of weight 100.
struct Farm {
  explicit Farm(const std::string& policy, int members = 4, const std::string& service = "") {
    std::string list;
    for (int i = 1; i <= members; ++i) {
      list += (i > 1 ? ", {address: 10.0.0." : "{address: 10.0.0.") + std::to_string(i) + ", weight: 100}";
    }
    const auto outcome = read_and_validate(
        {{"m", document("Pool", "p", "members: [" + list + "], checks: [{tcp: {}}]" + policy) +
                   document("VirtualService", "s",
                            "address: 192.0.2.1, port: 80, forwarding: DR, pool: p, nodes: [a]" + service)}});
    REQUIRE(texts_of(outcome.diagnostics) == std::vector<std::string>{});
    manifest = outcome.manifest;
  }

  MemberHealth& member(int number) {
    return conditions.health.services["s"].members[{*IpAddress::parse("10.0.0." + std::to_string(number)), 80}];
  }
  void fail(int number) { member(number) = {Life::down, 1000, {}, ++failures}; }
  void state(int number, MemberState state) {
    conditions.health.states[{"p", *IpAddress::parse("10.0.0." + std::to_string(number)), 0}] = state;
  }

  /// "1=100 2=0 9=1": the kernel's destinations by their last number.
  [[nodiscard]] std::string kernel() const {
    std::string text;
    for (const auto& [key, entry] : render(manifest, conditions, "a").destinations) {
      const std::string address = key.address.text();
      text +=
          (text.empty() ? "" : " ") + address.substr(address.rfind('.') + 1) + "=" + std::to_string(entry.value.weight);
    }
    return text;
  }

  Manifest manifest;
  Conditions conditions;
  std::uint64_t failures = 0;
};

constexpr auto sorry = ", sorryServer: {address: 10.0.0.9}";

}  // namespace

TEST_CASE("health: what nobody knows is healthy") {
  CHECK(Farm("").kernel() == "1=100 2=100 3=100 4=100");
}

TEST_CASE("health: a failed member leaves, or stays without new connections") {
  Farm remove("");
  remove.fail(2);
  CHECK(remove.kernel() == "1=100 3=100 4=100");
  Farm quiesce(", onFailure: quiesce");
  quiesce.fail(2);
  CHECK(quiesce.kernel() == "1=100 2=0 3=100 4=100");
}

TEST_CASE("health: a slow start is a share of the weight, never nothing") {
  Farm farm("");
  farm.member(1).permille = 100;
  farm.member(2) = {Life::up, 500, 3, 0};
  farm.member(3) = {Life::up, 1, 5, 0};
  farm.member(4) = {Life::up, 100, 0, 0};
  CHECK(farm.kernel() == "1=10 2=1 3=1 4=0");  // a script's weight of 0 is meant
}

TEST_CASE("health: the sorry server serves when no member is left, and not before") {
  Farm farm("", 2, sorry);
  CHECK(farm.kernel() == "1=100 2=100");
  farm.fail(1);
  CHECK(farm.kernel() == "2=100");
  farm.fail(2);
  CHECK(farm.kernel() == "9=1");
  Farm drained("", 2, sorry);
  drained.state(1, MemberState::drain);
  drained.state(2, MemberState::drain);
  CHECK(drained.kernel() == "1=0 2=0 9=1");
}

TEST_CASE("health: a lost quorum hands over to the sorry server, and members keep their connections") {
  Farm farm(", quorum: 200", 2, sorry);
  farm.fail(1);
  farm.conditions.health.services["s"].quorum = false;
  CHECK(farm.kernel() == "2=0 9=1");
  Farm nobody(", quorum: 200", 2);  // without one, some service is better than none
  nobody.fail(1);
  nobody.conditions.health.services["s"].quorum = false;
  CHECK(nobody.kernel() == "2=100");
}

TEST_CASE("health: quorum and hysteresis") {
  HealthPolicy policy;
  policy.quorum.value = 5;
  policy.hysteresis.value = 2;
  CHECK(next_quorum(std::nullopt, 5, policy));
  CHECK_FALSE(next_quorum(std::nullopt, 4, policy));
  CHECK(next_quorum(true, 3, policy));
  CHECK_FALSE(next_quorum(true, 2, policy));
  CHECK_FALSE(next_quorum(false, 6, policy));
  CHECK(next_quorum(false, 7, policy));
}

TEST_CASE("health: minHealthy keeps those that failed last") {
  Farm farm(", minHealthy: 50%");
  farm.fail(1);
  farm.fail(2);
  CHECK(farm.kernel() == "3=100 4=100");
  farm.fail(3);
  CHECK(farm.kernel() == "3=100 4=100");
  farm.fail(4);
  CHECK(farm.kernel() == "3=100 4=100");
  farm.member(1) = {};  // one that is back takes the place of the one that failed first of them
  CHECK(farm.kernel() == "1=100 4=100");
}

TEST_CASE("health: minHealthy does not bring in what was never up") {
  Farm farm(", minHealthy: 50%");
  farm.member(1).life = Life::unknown;
  farm.member(2).life = Life::unknown;
  farm.member(3) = {Life::down, 1000, {}, 0};
  CHECK(farm.kernel() == "4=100");
  farm.fail(4);
  CHECK(farm.kernel() == "4=100");
}

TEST_CASE("health: members that are kept keep the sorry server out") {
  Farm farm(", minHealthy: 50%", 2, sorry);
  farm.fail(1);
  farm.fail(2);
  farm.conditions.health.services["s"].quorum = false;
  CHECK(farm.kernel() == "2=100");
}

TEST_CASE("health: failOpen, once all have failed") {
  Farm farm(", failOpen: true", 2, sorry);
  farm.fail(1);
  CHECK(farm.kernel() == "2=100");
  farm.member(2).life = Life::unknown;
  CHECK(farm.kernel() == "9=1");  // nobody knows yet
  farm.fail(2);
  farm.conditions.health.services["s"].quorum = false;
  CHECK(farm.kernel() == "1=100 2=100");
}

TEST_CASE("health: what an operator says of a member counts before its health") {
  Farm farm("");
  farm.state(1, MemberState::drain);
  farm.state(2, MemberState::down);
  farm.fail(3);
  farm.state(3, MemberState::enabled);
  CHECK(farm.kernel() == "1=0 4=100");
  farm.manifest.pools.front().members[3].state = MemberState::drain;
  CHECK(farm.kernel() == "1=0 4=0");
  farm.state(4, MemberState::enabled);
  CHECK(farm.kernel() == "1=0 4=100");
  Farm quiesce(", onFailure: quiesce", 2);
  quiesce.state(1, MemberState::down);
  CHECK(quiesce.kernel() == "1=0 2=100");
}

TEST_CASE("health: rules for drains") {
  Farm farm(", drain: 60s");
  farm.fail(1);
  farm.state(2, MemberState::drain);
  const DrainRules rules = drain_rules(farm.manifest, farm.conditions, "a");
  REQUIRE(rules.size() == 1);
  const DrainRule& rule = rules.begin()->second;
  CHECK(rules.begin()->first.text() == "tcp 192.0.2.1:80");
  CHECK(rule.time == std::chrono::seconds(60));
  CHECK(rule.failed == std::set<Endpoint>{{*IpAddress::parse("10.0.0.1"), 80}});
  CHECK(rule.drained == std::set<Endpoint>{{*IpAddress::parse("10.0.0.2"), 80}});
  CHECK(drain_rules(Farm("").manifest, {}, "a").empty());
  CHECK(drain_rules(farm.manifest, farm.conditions, "elsewhere").empty());
}
