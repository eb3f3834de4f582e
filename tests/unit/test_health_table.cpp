// From a manifest to probes, and from their outcomes to health and events.
#include "controller/health/table.hpp"
#include "tests/unit/manifest_text.hpp"

namespace {

using namespace ballast;
using namespace ballast::health;
using namespace std::chrono_literals;
using ballast::testing::document;
using ballast::testing::texts_of;

std::string pool(const std::string& members,
                 const std::string& rest = ", checks: [{tcp: {}, interval: 1s, retries: 0}]",
                 const std::string& name = "p") {
  return document("Pool", name, "members: [" + members + "]" + rest);
}

std::string service(const std::string& name = "s", const std::string& spec = "port: 80, forwarding: DR, pool: p",
                    const std::string& vip = "192.0.2.1") {
  return document("VirtualService", name, "address: " + vip + ", nodes: [a], " + spec);
}

Manifest read(const std::string& text) {
  auto outcome = read_and_validate({{"m", text}});
  REQUIRE(texts_of(outcome.diagnostics) == std::vector<std::string>{});
  return std::move(outcome.manifest);
}

constexpr auto two = "{address: 10.0.0.1, weight: 100}, {address: 10.0.0.2, weight: 100}";

/// Members that answer or not, under a virtual clock.
struct Lab {
  void update(const std::string& text, const State* observed = nullptr) {
    manifest = read(text);
    table.update(manifest, "a", observed, now);
  }

  /// Runs until then; what happened is in `log`.
  void run(Duration time) {
    const Time end = now + time;
    while (true) {
      const auto wake = table.next_wake();
      if (!wake || *wake > end) break;
      now = std::max(now, *wake);
      while (const auto probe = table.take_due(now)) {
        ++probes;
        const bool passes = !dead.contains(probe->target.address.text());
        const std::string text = own_fault ? "too many open files" : passes ? "connected" : "connection refused";
        table.finish(probe->id, probe->serial, {passes && !own_fault, text, weight, own_fault}, now);
      }
      table.advance(now);
      note_events();
    }
    now = end;
  }

  void note_events() {
    for (const Event& event : table.take_events()) {
      log += (log.empty() ? "" : "; ") + std::string(text_of(event.what)) + " " + event.service +
             (event.member ? " " + event.member->text() : "") + " (" + event.reason + ")";
    }
  }

  std::string take_log() { return std::exchange(log, {}); }

  /// "1=100 2=0" of service `name`'s destinations.
  std::string kernel() {
    Conditions conditions;
    conditions.health = table.health();
    std::string text;
    for (const auto& [key, entry] : render(manifest, conditions, "a").destinations) {
      text += (text.empty() ? "" : " ") + key.address.text().substr(7) + "=" + std::to_string(entry.value.weight);
    }
    return text;
  }

  Manifest manifest;
  ballast::health::Table table;
  Time now = 1000s;
  std::set<std::string> dead;
  std::optional<std::uint32_t> weight;
  bool own_fault = false;  ///< no probe can be made
  std::string log;
  int probes = 0;
};

State holding(std::uint32_t weight) {
  State state;
  const ServiceKey key{*IpAddress::parse("192.0.2.1"), Protocol::tcp, 80, 0};
  state.destinations[{key, *IpAddress::parse("10.0.0.1"), 80}] = {{Forwarding::dr, weight, 0, 0, {}}, {}};
  return state;
}

}  // namespace

TEST_CASE("wanted: the same check of the same address once, whoever wants it") {
  const Manifest manifest =
      read(pool(two) + pool(two, ", checks: [{tcp: {}, interval: 1s, retries: 0}, {ping: {}}]", "q") + service("s") +
           service("t", "port: 80, forwarding: DR, pool: q", "192.0.2.2") +
           service("u", "port: 443, forwarding: DR, pool: p", "192.0.2.3"));
  const Wanted wanted = make_wanted(manifest, "a");
  REQUIRE(wanted.services.size() == 3);
  // Two members: tcp to 80, ping, and tcp to 443.
  CHECK(wanted.jobs.size() == 6);
  CHECK(wanted.services[0].members[0].jobs.front() == wanted.services[1].members[0].jobs.front());
  CHECK(wanted.jobs[wanted.services[0].members[0].jobs.front()].target.port == 80);
  CHECK(wanted.jobs[wanted.services[2].members[0].jobs.front()].target.port == 443);
  CHECK(wanted.jobs[wanted.services[1].members[1].jobs.back()].target.port == 0);
  CHECK(make_wanted(manifest, "elsewhere").jobs.empty());
}

TEST_CASE("wanted: address, port, source and mark of the check; the VIP through each member") {
  const Manifest manifest = read(
      pool(two, ", checks: [{tcp: {}, address: 10.0.9.9, port: 81, source: 10.0.0.7, mark: 5}, {tcp: {}, via: vip}]") +
      service());
  const Wanted wanted = make_wanted(manifest, "a");
  REQUIRE(wanted.jobs.size() == 3);  // one address for both members; the VIP through each
  CHECK(wanted.jobs[0].target == ProbeTarget{*IpAddress::parse("10.0.9.9"), 81, *IpAddress::parse("10.0.0.7"), 5});
  CHECK(wanted.jobs[1].target.address.text() == "192.0.2.1");
  CHECK(wanted.jobs[1].through->member.text() == "10.0.0.1");
  CHECK(wanted.jobs[2].through->member.text() == "10.0.0.2");
}

TEST_CASE("wanted: a script is told the port, a ping goes to none") {
  const Manifest manifest = read(
      pool(two, ", checks: [{script: {command: [/x]}}, {script: {command: [/x]}, port: 81}, {ping: {}}]") + service());
  const Wanted wanted = make_wanted(manifest, "a");
  REQUIRE(wanted.jobs.size() == 6);
  CHECK(wanted.jobs[0].target.port == 80);
  CHECK(wanted.jobs[1].target.port == 81);
  CHECK(wanted.jobs[2].target.port == 0);
}

TEST_CASE("table: after the first round, a check that a manifest adds does not begin another one") {
  Lab lab;
  CHECK_FALSE(lab.table.has_finished_first_round());
  lab.update(pool(two) + service());
  CHECK_FALSE(lab.table.has_finished_first_round());
  // It is still going on.
  lab.update(pool("{address: 10.0.0.3, weight: 100}") + service());
  CHECK_FALSE(lab.table.has_finished_first_round());
  lab.run(1s);
  CHECK(lab.table.has_finished_first_round());
  lab.update(pool(two) + service());
  CHECK(lab.table.has_finished_first_round());
  CHECK(lab.kernel().empty());
  Lab without;
  without.update(pool(two, "") + service());
  CHECK(without.table.has_finished_first_round());
  without.update(pool(two) + service());
  CHECK(without.table.has_finished_first_round());
}

TEST_CASE("table: nothing is up before it was checked, then what passes is") {
  Lab lab;
  lab.dead = {"10.0.0.2"};
  lab.update(pool(two) + service());
  CHECK(lab.kernel().empty());
  CHECK_FALSE(lab.table.has_finished_first_round());
  CHECK(lab.table.take_changed());
  lab.run(1s);
  CHECK(lab.table.has_finished_first_round());
  CHECK(lab.kernel() == "1=100");
  CHECK(lab.take_log() == "member-down s 10.0.0.2:80 (tcp: connection refused)");
  CHECK(lab.table.take_changed());
  lab.run(10s);
  CHECK_FALSE(lab.table.take_changed());
  CHECK(lab.probes == 22);
}

TEST_CASE("table: a member goes and comes back") {
  Lab lab;
  lab.update(pool(two) + service());
  lab.run(5s);
  lab.dead = {"10.0.0.1"};
  lab.run(1s);
  CHECK(lab.kernel() == "2=100");
  CHECK(lab.take_log() == "member-down s 10.0.0.1:80 (tcp: connection refused)");
  lab.dead.clear();
  lab.run(1s);
  CHECK(lab.kernel() == "1=100 2=100");
  CHECK(lab.take_log() == "member-up s 10.0.0.1:80 (tcp: connected)");
  CHECK(lab.table.health().services.empty());  // what is healthy takes no room
}

TEST_CASE("table: fall and retries give a failing member its time") {
  Lab lab;
  lab.update(pool(two, ", checks: [{tcp: {}, interval: 10s, retries: 2, retryDelay: 1s, fall: 2, warmup: 0s}]") +
             service());
  lab.run(30s);
  lab.dead = {"10.0.0.1"};
  lab.run(10s);
  CHECK(lab.kernel() == "1=100 2=100");
  lab.run(13s);
  CHECK(lab.kernel() == "2=100");
}

TEST_CASE("table: what serves in the kernel counts as up until it has failed") {
  const State serving = holding(100);
  const State quiet = holding(0);
  const std::string text = pool(two, ", checks: [{tcp: {}, interval: 1s, retries: 0, fall: 3}]") + service();
  Lab lab;
  lab.dead = {"10.0.0.1", "10.0.0.2"};
  lab.update(text, &serving);
  CHECK(lab.kernel() == "1=100");
  lab.run(2s);
  CHECK(lab.kernel() == "1=100");
  lab.run(1s);
  CHECK(lab.kernel().empty());
  Lab other;
  other.update(text, &quiet);
  CHECK(other.kernel().empty());
  Lab assumed;
  assumed.update(pool(two, ", assumeUp: true, checks: [{tcp: {}}]") + service());
  CHECK(assumed.kernel() == "1=100 2=100");
  Lab alpha;
  alpha.update(pool(two, ", assumeUp: false, checks: [{tcp: {}}]") + service(), &serving);
  CHECK(alpha.kernel().empty());
}

TEST_CASE("table: all checks must pass, or any") {
  const std::string checks =
      ", checks: [{tcp: {}, interval: 1s, retries: 0}, {tcp: {}, address: 10.0.0.9, interval: 1s, "
      "retries: 0}]";
  Lab all;
  all.update(pool(two, checks) + service());
  all.run(2s);
  all.dead = {"10.0.0.9"};
  all.run(1s);
  CHECK(all.kernel().empty());
  Lab any;
  any.update(pool(two, checks + ", require: any") + service());
  any.dead = {"10.0.0.9"};
  any.run(2s);
  CHECK(any.kernel() == "1=100 2=100");
  any.dead = {"10.0.0.9", "10.0.0.1"};
  any.run(1s);
  CHECK(any.kernel() == "2=100");
}

TEST_CASE("table: a member that was up stays while the last of any checks has no verdict") {
  Lab lab;
  lab.update(pool(two,
                  ", require: any, checks: [{tcp: {}, interval: 1s, retries: 0}, {tcp: {}, address: 10.0.0.9, "
                  "interval: 1s, retries: 0, fall: 9}]") +
             service());
  lab.dead = {"10.0.0.9"};
  lab.run(3s);
  CHECK(lab.kernel() == "1=100 2=100");
  lab.dead = {"10.0.0.9", "10.0.0.1"};
  lab.run(1s);
  CHECK(lab.kernel() == "1=100 2=100");
  lab.run(9s);
  CHECK(lab.kernel() == "2=100");
}

TEST_CASE("table: a slow start grows in ten steps and wakes for each") {
  Lab lab;
  lab.update(pool(two, ", slowStart: 30s, assumeUp: true, checks: [{tcp: {}, interval: 1s, retries: 0}]") + service());
  lab.run(2s);
  CHECK(lab.kernel() == "1=100 2=100");
  lab.dead = {"10.0.0.1"};
  lab.run(1s);
  lab.dead.clear();
  lab.run(1s);
  CHECK(lab.kernel() == "1=10 2=100");
  lab.run(3s);
  CHECK(lab.kernel() == "1=20 2=100");
  lab.run(24s);
  CHECK(lab.kernel() == "1=100 2=100");
  lab.dead = {"10.0.0.1"};
  lab.run(1s);
  lab.dead.clear();
  lab.run(1s);
  CHECK(lab.kernel() == "1=10 2=100");
  lab.dead = {"10.0.0.1"};  // fails while it starts
  lab.run(1s);
  lab.dead.clear();
  lab.run(1s);
  CHECK(lab.kernel() == "1=10 2=100");
  lab.run(31s);
  CHECK(lab.kernel() == "1=100 2=100");
  CHECK(lab.table.health().services.empty());
}

TEST_CASE("table: the quorum is lost and regained with hysteresis") {
  Lab lab;
  const std::string three = std::string(two) + ", {address: 10.0.0.3, weight: 100}, {address: 10.0.0.4, weight: 100}";
  lab.update(pool(three, ", quorum: 250, hysteresis: 100, checks: [{tcp: {}, interval: 1s, retries: 0}]") +
             service("s", "port: 80, forwarding: DR, pool: p, sorryServer: {address: 10.0.0.9}"));
  lab.run(2s);
  CHECK(lab.take_log().empty());
  lab.dead = {"10.0.0.1", "10.0.0.2"};
  lab.run(1s);
  CHECK(lab.take_log().find("quorum") == std::string::npos);
  lab.dead.insert("10.0.0.3");
  lab.run(1s);
  CHECK(lab.take_log() ==
        "member-down s 10.0.0.3:80 (tcp: connection refused); quorum-lost s (weight 100, quorum 250)");
  CHECK(lab.kernel() == "4=0 9=1");
  lab.dead = {"10.0.0.1"};
  lab.run(1s);
  CHECK(lab.take_log().find("quorum") == std::string::npos);
  lab.dead.clear();
  lab.run(1s);
  CHECK(lab.take_log() == "member-up s 10.0.0.1:80 (tcp: connected); quorum-gained s (weight 400, quorum 250)");
  lab.table.set_state({"p", *IpAddress::parse("10.0.0.1"), 0}, MemberState::drain, lab.now);
  lab.table.set_state({"p", *IpAddress::parse("10.0.0.2"), 0}, MemberState::down, lab.now);
  lab.table.set_state({"p", *IpAddress::parse("10.0.0.3"), 0}, MemberState::down, lab.now);
  lab.note_events();
  CHECK(lab.take_log() == "quorum-lost s (weight 100, quorum 250)");
  lab.table.set_state({"p", *IpAddress::parse("10.0.0.2"), 0}, std::nullopt, lab.now);
  lab.table.set_state({"p", *IpAddress::parse("10.0.0.3"), 0}, MemberState::enabled, lab.now);
  lab.table.set_state({"p", *IpAddress::parse("10.0.0.1"), 0}, std::nullopt, lab.now);
  lab.note_events();
  CHECK(lab.take_log() == "quorum-gained s (weight 400, quorum 250)");
}

TEST_CASE("table: a script's weight") {
  Lab lab;
  lab.update(pool("{address: 10.0.0.1}",
                  ", checks: [{script: {command: [/x], dynamicWeight: true}, interval: 1s, retries: 0}]") +
             service());
  lab.weight = 7;
  lab.run(1s);
  CHECK(lab.kernel() == "1=7");
  lab.weight = std::nullopt;  // exit status 0 changes nothing
  lab.run(1s);
  CHECK(lab.kernel() == "1=7");
  lab.weight = 0;
  lab.run(1s);
  CHECK(lab.kernel() == "1=0");
  CHECK(lab.take_log() == "quorum-lost s (weight 0, quorum 1)");
}

TEST_CASE("table: what stays keeps its state when the manifest changes") {
  Lab lab;
  lab.update(pool(two) + service());
  lab.run(2s);
  lab.dead = {"10.0.0.1"};
  lab.run(1s);
  lab.take_log();
  const std::string three = std::string(two) + ", {address: 10.0.0.3, weight: 100}";
  lab.update(pool(three) + service());
  CHECK(lab.kernel() == "2=100");
  lab.run(1s);
  CHECK(lab.kernel() == "2=100 3=100");
  // Another check, and still: down until it passes, up until it fails.
  lab.update(pool(three, ", checks: [{http: {}, interval: 2s, retries: 0, fall: 2}]") + service());
  CHECK(lab.kernel() == "2=100 3=100");
  lab.dead = {"10.0.0.2"};
  lab.run(2s);
  CHECK(lab.kernel() == "1=100 2=100 3=100");
  lab.run(2s);
  CHECK(lab.kernel() == "1=100 3=100");
  // A changed interval does not make it forget.
  lab.take_log();
  lab.update(pool(three, ", checks: [{http: {}, interval: 1s, retries: 0, fall: 2}]") + service());
  CHECK(lab.kernel() == "1=100 3=100");
  lab.update(pool("{address: 10.0.0.1, weight: 100}", "") + service());
  CHECK(lab.kernel() == "1=100");
  CHECK(lab.table.size() == 0);
  CHECK_FALSE(lab.table.next_wake().has_value());
  CHECK(lab.take_log().empty());
}

TEST_CASE("table: probes that this node cannot make say nothing of members, and stand in the status") {
  Lab lab;
  lab.own_fault = true;
  lab.update(pool(two) + service());
  lab.run(10s);
  CHECK(lab.probes > 10);
  CHECK(lab.take_log().empty());
  CHECK(lab.table.has_finished_first_round());  // nothing more is to be found out by waiting
  REQUIRE(lab.table.members_of("s").size() == 2);
  CHECK(lab.table.members_of("s")[0].life == Life::unknown);
  CHECK(lab.table.members_of("s")[0].why == "tcp: too many open files");
  const auto impediment = lab.table.impediment();
  REQUIRE(impediment.has_value());
  CHECK(impediment->checks == 2);
  CHECK(impediment->why == "too many open files");
  CHECK(lab.now - impediment->since > 8s);
  lab.own_fault = false;
  lab.run(2s);
  CHECK(lab.kernel() == "1=100 2=100");
  CHECK_FALSE(lab.table.impediment().has_value());
  lab.own_fault = true;
  lab.take_log();
  lab.run(10s);
  CHECK(lab.kernel() == "1=100 2=100");
  CHECK(lab.take_log().empty());
  CHECK(lab.table.members_of("s")[0].why == "tcp: too many open files");
  CHECK(lab.table.impediment()->checks == 2);
  lab.update(pool("{address: 10.0.0.1, weight: 100}") + service());
  CHECK(lab.table.impediment()->checks == 1);
  lab.update(pool("{address: 10.0.0.1, weight: 100}", "") + service());
  CHECK_FALSE(lab.table.impediment().has_value());
}

TEST_CASE("table: outcomes that come too late are nobody's") {
  Lab lab;
  lab.update(pool(two) + service());
  lab.run(2s);
  lab.now = *lab.table.next_wake();
  const auto probe = lab.table.take_due(lab.now);
  REQUIRE(probe.has_value());
  const std::string kind = std::string(word_of(*probe->kind));
  lab.update(pool("{address: 10.0.0.7, weight: 100}, {address: 10.0.0.8, weight: 100}") + service());
  lab.table.finish(probe->id, probe->serial, {true, "connected", {}}, lab.now);
  CHECK(lab.kernel().empty());
  CHECK(kind == "tcp");
  lab.table.finish(4711, 1, {true, "connected", {}}, lab.now);
  lab.run(1s);
  CHECK(lab.kernel() == "7=100 8=100");
  lab.table.finish(probe->id, probe->serial, {false, "refused", {}}, lab.now);
  CHECK(lab.kernel() == "7=100 8=100");
}

TEST_CASE("table: a successor knows what was known, if it comes soon") {
  const std::string text = pool(two) + service();
  Lab lab;
  lab.update(text);
  lab.run(2s);
  lab.dead = {"10.0.0.1"};
  lab.run(1s);
  lab.table.set_state({"p", *IpAddress::parse("10.0.0.2"), 0}, MemberState::drain, lab.now);
  const std::string record = lab.table.text(lab.now);

  Lab soon;
  CHECK(soon.table.restore(record, lab.now + 60s).has_value());
  soon.now = lab.now + 60s;
  soon.update(text);
  CHECK(soon.kernel() == "2=0");
  CHECK(soon.table.members_of("s")[0].life == Life::down);
  CHECK(soon.table.members_of("s")[1].life == Life::up);

  Lab late;
  CHECK(late.table.restore(record, lab.now + 61s).has_value());
  late.now = lab.now + 61s;
  late.update(text);
  CHECK(late.table.members_of("s")[1].life == Life::unknown);
  CHECK(late.kernel() == "2=0");  // what the operator said has no age

  Lab broken;
  CHECK(broken.table.restore("{}", lab.now).has_error());
  CHECK(broken.table.restore("x", lab.now).has_error());
  CHECK(broken.table.restore(R"({"version": 2})", lab.now).error().text ==
        "not a record of health: written by another version");
}

TEST_CASE("table: members for the status") {
  Lab lab;
  lab.dead = {"10.0.0.2"};
  lab.update(pool(two) + service());
  lab.run(3s);
  const auto members = lab.table.members_of("s");
  REQUIRE(members.size() == 2);
  CHECK(members[0].life == Life::up);
  CHECK(members[1].endpoint.text() == "10.0.0.2:80");
  CHECK(members[1].why == "tcp: connection refused");
  CHECK(members[1].since >= 1000s);
  CHECK(members[1].since <= 1001s);
  CHECK(lab.table.members_of("t").empty());
}
