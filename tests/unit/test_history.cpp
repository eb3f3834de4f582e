// What `ballast events` shows: the ring of the last changes, what caused each, and what others changed again and again.
#include <doctest/doctest.h>

#include "controller/report/events_text.hpp"
#include "controller/runtime/history.hpp"
#include "manifest_text.hpp"

namespace {

using namespace ballast;
using namespace std::chrono_literals;
using http::ChangeEvent;

constexpr http::Instant noon = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21) + 12h;

ChangeEvent event(std::string text) {
  return {0, noon, "destination", "10.0.0.11:80 of tcp 192.0.2.1:80", "update", std::move(text), "drift", "web.yaml:4"};
}

std::shared_ptr<const Snapshot> snapshot(const std::string& weight, const std::string& id) {
  auto made = std::make_shared<Snapshot>();
  auto outcome = read_and_validate(
      {{"m", testing::document("Address", "vip", "nodes: [n], interface: eth0, address: 192.0.2.1/24") +
                 testing::document("VirtualService", "web",
                                   "address: 192.0.2.1, port: 80, scheduler: rr, forwarding: DR, pool: web") +
                 testing::document("Pool", "web",
                                   "members: [{address: 10.0.0.11, weight: " + weight + "}, {address: 10.0.0.12}]")}});
  REQUIRE(testing::texts_of(outcome.diagnostics).empty());
  made->manifest = std::move(outcome.manifest);
  made->revision.id = id;
  return made;
}

const ServiceKey web = *ServiceKey::parse("tcp 192.0.2.1:80");

Change<DestinationKey, Destination> weight_change(const std::string& address, std::uint32_t before,
                                                  std::uint32_t after) {
  const DestinationKey key{web, *IpAddress::parse(address), 80};
  return {Verb::update,
          key,
          Destination{Forwarding::dr, before, 0, 0, {}},
          Destination{Forwarding::dr, after, 0, 0, {}},
          {}};
}

/// A node whose looks are told one after another.
class Looks {
 public:
  Conditions conditions;
  std::shared_ptr<const Snapshot> manifest = snapshot("1", "aaaaaaaaaaaa");

  /// "drift health": the cause of each change.
  std::string look(const Convergence& result) {
    State wanted = render(manifest->manifest, conditions, "n");
    last_ = causes_.happened(manifest, conditions, before_ ? &*before_ : nullptr, wanted, result);
    causes_.looked(manifest, conditions, {});
    before_ = std::move(wanted);
    std::string text;
    for (const Happening& each : last_.first) text += (text.empty() ? "" : " ") + std::string(text_of(each.cause));
    return text;
  }
  [[nodiscard]] const Happenings& last() const { return last_; }

 private:
  Causes causes_;
  std::optional<State> before_;
  Happenings last_;
};

Convergence with(std::vector<Change<DestinationKey, Destination>> changes) {
  Convergence result;
  result.plan.destinations = std::move(changes);
  return result;
}

}  // namespace

TEST_CASE("events: the last thousand are kept, and who asks hears what is lost") {
  EventLog log("a");
  CHECK(log.since(0).events.empty());
  CHECK(log.since(0).last == 0);
  for (int i = 1; i <= 1500; ++i) log.add(event(std::to_string(i)));
  const http::EventPage all = log.since(0);
  CHECK(all.instance == "a");
  CHECK(all.last == 1500);
  CHECK(all.lost == 500);
  REQUIRE(all.events.size() == 1000);
  CHECK(all.events.front().id == 501);
  CHECK(all.events.front().text == "501");
  CHECK(all.events.back().id == 1500);
  const http::EventPage some = log.since(1498);
  CHECK(some.lost == 0);
  REQUIRE(some.events.size() == 2);
  CHECK(some.events.front().text == "1499");
  CHECK(log.since(1500).events.empty());
  CHECK(log.since(UINT64_MAX).events.empty());
}

TEST_CASE("events: long and hostile texts are bounded and harmless") {
  EventLog log("a");
  log.add(event(std::string(399, 'x') + "\xc3\xa4\xc3\xa4"));
  log.add(event("one\ntwo\x1b[31m"));
  const auto events = log.since(0).events;
  CHECK(events[0].text == std::string(397, 'x') + "...");
  CHECK(events[1].text == "one two [31m");
}

TEST_CASE("events: as lines, and as JSON that is read back as it was") {
  EventLog log("2026-11-21T12:00:00.000Z");
  log.add(event("weight: 7 -> 3"));
  ChangeEvent role{0, noon + 250ms, "router", "web", "", "BACKUP -> MASTER (priority 100)", "role", "silence"};
  log.add(role);
  const http::EventPage page = log.since(0);
  CHECK(event_text(page.events[0], Palette(false)) ==
        "2026-11-21T12:00:00.000Z  drift     ~ destination 10.0.0.11:80 of tcp 192.0.2.1:80: weight: 7 -> 3 "
        "(web.yaml:4)\n");
  CHECK(event_text(page.events[1], Palette(false)) ==
        "2026-11-21T12:00:00.250Z  role        router web: BACKUP -> MASTER (priority 100) (silence)\n");
  const auto read = http::read_events(http::events_json(page));
  REQUIRE_MESSAGE(read.has_value(), (read ? "" : read.error().text));
  CHECK((read->events == page.events));
  CHECK(read->instance == page.instance);
  CHECK(read->last == 2);
  CHECK(http::read_events(http::events_json(EventLog("b").since(0))).has_value());
  CHECK_FALSE(http::read_events("{}").has_value());
}

TEST_CASE("drift: what is changed again and again is one line with a count, the latest first; the oldest go") {
  DriftLog log;
  log.add("service", "tcp 192.0.2.1:80", "rr", noon);
  log.add("destination", "a", "weight: 7 -> 3", noon + 1s);
  log.add("service", "tcp 192.0.2.1:80", "wrr", noon + 2s);
  http::DriftStatus status = log.status();
  REQUIRE(status.objects.size() == 2);
  CHECK((status.objects[0] == http::DriftObject{"service", "tcp 192.0.2.1:80", "wrr", 2, noon + 2s}));
  CHECK(status.repaired == std::map<std::string, std::uint64_t>{{"destination", 1}, {"service", 2}});
  for (int i = 0; i < 1000; ++i) log.add("address", std::to_string(i), "", noon + 3s);
  status = log.status();
  CHECK(status.objects.size() == DriftLog::most_objects);
  CHECK(status.objects.front().object == "999");
  CHECK(status.total() == 1003);
}

TEST_CASE("causes: at the start; then what changed though the same is wanted was changed by somebody else") {
  Looks node;
  CHECK(node.look(with({weight_change("10.0.0.11", 7, 1)})) == "start");
  CHECK(node.look(with({weight_change("10.0.0.11", 7, 1)})) == "drift");
  CHECK(node.look(with({})) == "");
}

TEST_CASE("causes: another manifest, health and an operator's wish are told apart, and from drift beside them") {
  Looks node;
  node.look(with({}));
  node.manifest = snapshot("3", "bbbbbbbbbbbb");
  CHECK(node.look(with({weight_change("10.0.0.11", 1, 3), weight_change("10.0.0.12", 5, 1)})) == "manifest drift");
  CHECK(node.last().revision == "bbbbbbbbbbbb");
  auto& member = node.conditions.health.services["web"].members[{*IpAddress::parse("10.0.0.11"), 80}];
  member.life = Life::down;
  auto gone = weight_change("10.0.0.11", 3, 0);
  gone.verb = Verb::remove;
  CHECK(node.look(with({gone})) == "health");
  node.conditions.health.states[{"web", *IpAddress::parse("10.0.0.12"), 0}] = MemberState::drain;
  CHECK(node.look(with({weight_change("10.0.0.12", 1, 0)})) == "operator");
  gone = weight_change("10.0.0.12", 0, 0);
  gone.verb = Verb::remove;  // its connections have ended; it stays wanted at weight 0 for as long as it has some
  CHECK(node.look(with({gone})) == "drain");
}

TEST_CASE("causes: what failed is no change; when it succeeds later, it is for the reason of then") {
  Looks node;
  node.look(with({}));
  node.manifest = snapshot("3", "bbbbbbbbbbbb");
  Convergence failing = with({weight_change("10.0.0.11", 1, 3)});
  failing.report.failures.push_back({Kind::destination, "10.0.0.11:80 of tcp 192.0.2.1:80", "no", 22});
  CHECK(node.look(failing) == "");
  CHECK(node.look(failing) == "");
  CHECK(node.look(with({weight_change("10.0.0.11", 1, 3)})) == "manifest");
  CHECK(node.look(with({weight_change("10.0.0.11", 1, 3)})) == "drift");
}

TEST_CASE("history: of thousands of repairs the first are told, all are counted") {
  Looks node;
  node.look(with({}));
  std::vector<Change<DestinationKey, Destination>> changes;
  for (int i = 0; i < 250; ++i) changes.push_back(weight_change("10.0.0.11", 7, 1));
  node.look(with(std::move(changes)));
  History history("a");
  history.add(node.last(), noon);
  const auto events = history.events().since(0).events;
  REQUIRE(events.size() == 101);
  CHECK(events.back().text == "and 150 changes more, 150 of them to what somebody else had changed");
  CHECK(history.drift().totals().at("destination") == 250);
}
