// Walks tests/golden/cases/<case>/{manifest.yaml,observed.json,plan.txt,plan.json}: what diff prints for this manifest
// against that kernel, to people and to machines. `golden_tests --rewrite` writes the plans anew; read the change
// before committing it.
#define DOCTEST_CONFIG_IMPLEMENT
#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "controller/report/plan_text.hpp"
#include "model/render.hpp"
#include "reconcilers/drain.hpp"
#include "reconcilers/reconciler.hpp"

namespace {

namespace fs = std::filesystem;
using namespace ballast;
using nlohmann::json;

bool rewrite = false;

std::string slurp(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

Forwarding forwarding_named(const std::string& name) {
  for (const Forwarding forwarding : {Forwarding::nat, Forwarding::tun, Forwarding::dr}) {
    if (text_of(forwarding) == name) return forwarding;
  }
  throw std::invalid_argument(name);
}

struct Case {
  std::string node;
  Conditions conditions;
  Observation observed;
  Ownership owned;
};

void read_ipvs(const json& whole, Case& golden) {
  for (const json& item : whole.value("services", json::array())) {
    const ServiceKey key = ServiceKey::parse(item.at("key").get<std::string>()).value();
    Service value{item.at("scheduler"), item.value("flags", 0U), item.value("persistence", 0U),
                  host_granularity(key.family()), ""};
    golden.observed.state.services.emplace(key, Entry<Service>{value, {}});
    if (item.value("owned", true)) golden.owned.services.insert(key);
    for (const json& member : item.value("destinations", json::array())) {
      const DestinationKey destination{key, *IpAddress::parse(member.at("address").get<std::string>()),
                                       member.at("port")};
      Destination to;
      to.forwarding = forwarding_named(member.value("forwarding", "DR"));
      to.weight = member.value("weight", 1U);
      golden.observed.state.destinations.emplace(destination, Entry<Destination>{to, {}});
      const Connections connections{member.value("active", 0U), member.value("inactive", 0U), 0};
      if (connections != Connections{}) golden.observed.connections.emplace(destination, connections);
    }
  }
  const json timeouts = whole.value("timeouts", json::object());
  for (const Timer timer : {Timer::tcp, Timer::tcp_fin, Timer::udp}) {
    const std::string name(text_of(timer));
    if (timeouts.contains(name)) {
      golden.observed.state.timeouts.emplace(timer, Entry<std::uint32_t>{timeouts.at(name), {}});
    }
  }
}

void read_health(const json& whole, Health& health) {
  for (const json& item : whole.value("health", json::array())) {
    const Endpoint endpoint{*IpAddress::parse(item.at("address").get<std::string>()), item.at("port")};
    MemberHealth& member = health.services[item.at("service")].members[endpoint];
    if (item.value("life", "up") == text_of(Life::down)) member.life = Life::down;
    member.permille = item.value("permille", member.permille);
  }
}

Case read_case(const fs::path& path) {
  const json whole = json::parse(slurp(path / "observed.json"));
  Case golden;
  golden.node = whole.at("node");
  for (const std::string router : whole.value("asMaster", json::array())) golden.conditions.master_of.insert(router);
  read_ipvs(whole, golden);
  read_health(whole, golden.conditions.health);
  for (const std::string name : whole.at("interfaces")) golden.observed.interfaces.insert(name);
  for (const json& item : whole.value("addresses", json::array())) {
    const AddressKey key{item.at("interface"), *Prefix::parse(item.at("address").get<std::string>())};
    const Scope scope = item.value("scope", "global") == "host" ? Scope::host : Scope::global;
    golden.observed.state.addresses.emplace(key, Entry<Address>{{scope, item.value("label", "")}, {}});
    const bool ours = item.value("owned", false);
    golden.observed.address_facts.emplace(key, AddressFacts{ours ? address_protocol : std::uint8_t{0}, false, false});
    golden.conditions.local_addresses.insert(key.prefix.address);
  }
  const json sysctls = whole.value("sysctls", json::object());
  for (const auto& [key, value] : sysctls.items()) {
    golden.observed.state.sysctls.emplace(key, Entry<SysctlValue>{value, {}});
  }
  const json former = whole.value("formerSysctls", json::object());
  for (const auto& [key, value] : former.items()) {
    golden.owned.former_sysctls.emplace(key, value);
  }
  return golden;
}

TEST_CASE("golden: every case prints the plan that is written beside it") {
  std::vector<fs::path> cases;
  for (const auto& entry : fs::directory_iterator(BALLAST_SOURCE_DIR "/tests/golden/cases"))
    cases.push_back(entry.path());
  std::sort(cases.begin(), cases.end());
  REQUIRE_FALSE(cases.empty());
  for (const fs::path& path : cases) {
    CAPTURE(path.filename().string());
    const ReadOutcome outcome = read_and_validate({{"manifest.yaml", slurp(path / "manifest.yaml")}});
    for (const Diagnostic& diagnostic : outcome.diagnostics) FAIL_CHECK(diagnostic.text());
    if (!outcome.diagnostics.empty()) continue;
    const Case golden = read_case(path);
    State wanted = render(outcome.manifest, golden.conditions, golden.node);
    apply_drains(wanted, drain_rules(outcome.manifest, golden.conditions, golden.node), golden.observed, golden.owned,
                 {}, BootTime{0});
    const Plan plan = make_plan(wanted, golden.observed, golden.owned);
    const std::string text = plan_text(plan, golden.observed, Palette(false)) + plan_counts(plan) + "\n";
    const std::string machines = "{\n" + plan_json(plan, golden.observed) + "\n}\n";
    CHECK(json::parse(machines).is_object());
    if (rewrite) std::ofstream(path / "plan.txt") << text;
    if (rewrite) std::ofstream(path / "plan.json") << machines;
    CHECK(text == slurp(path / "plan.txt"));
    CHECK(machines == slurp(path / "plan.json"));
  }
}

/// What stands between the first line `from` after `after` and the next line "```".
std::string block(const std::string& text, const std::string& after, const std::string& from) {
  const auto begin = text.find(from, text.find(after)) + from.size();
  return text.substr(begin, text.find("```\n", begin) - begin);
}

TEST_CASE("golden: the README's first manifest makes the diff that the README shows") {
  const std::string readme = slurp(BALLAST_SOURCE_DIR "/README.md");
  const std::string chapter = "## A first manifest";
  REQUIRE(readme.find(chapter) != std::string::npos);
  const std::string command = "lvs-128# ballast diff -f cluster.yaml --as-master web\n";
  const ReadOutcome outcome = read_and_validate({{"cluster.yaml", block(readme, chapter, "```yaml\n")}});
  for (const Diagnostic& diagnostic : outcome.diagnostics) FAIL_CHECK(diagnostic.text());
  Conditions conditions;
  conditions.master_of.insert("web");
  Observation observed;
  observed.interfaces = {"lo", "ens33"};
  const Plan plan = make_plan(render(outcome.manifest, conditions, "lvs-128"), observed, {});
  CHECK(plan_text(plan, observed, Palette(false)) + "\nnode lvs-128: " + plan_counts(plan) + "\n" ==
        block(readme, chapter, command));
}

}  // namespace

int main(int argc, char** argv) {
  const auto end = std::remove_if(argv + 1, argv + argc, [](const char* word) {
    const bool hit = std::strcmp(word, "--rewrite") == 0;
    rewrite = rewrite || hit;
    return hit;
  });
  doctest::Context context(static_cast<int>(end - argv), argv);
  return context.run();
}
