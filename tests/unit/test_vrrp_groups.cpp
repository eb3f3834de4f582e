// Sync groups and tracking: several routers as one, and checks that move a priority.
#include <doctest/doctest.h>

#include "controller/vrrp/sync_group.hpp"
#include "controller/vrrp/tracking.hpp"
#include "tests/unit/vrrp_text.hpp"

namespace {

using namespace ballast;
using namespace ballast::vrrp;
using namespace std::chrono_literals;

/// Two routers of one node in one group, driven as the plane drives them.
struct Pair {
  Pair() : first(make("first")), second(make("second")) {}
  static Config make(const std::string& name) {
    Config config = Bench::config(100);
    config.name = name;
    config.in_sync_group = true;
    return config;
  }
  void synchronise() {
    for (int round = 0; round < 10; ++round) {
      const std::vector<Member> members = {first.machine.member(), second.machine.member()};
      const std::vector<GroupOrder> commands = vrrp::synchronise(members);
      if (commands.empty()) return;
      for (const GroupOrder& command : commands) (command.member == 0 ? first : second).tell(command.event);
    }
    FAIL("the group does not come to rest");
  }
  void start() {
    for (Bench* bench : {&first, &second}) bench->start_backup();
    synchronise();
  }
  void wait(Bench& bench) {
    bench.tick();
    first.now = second.now = std::max(first.now, second.now);
    synchronise();
  }
  void start_master() {
    start();
    wait(first);
    wait(second);
  }
  [[nodiscard]] std::string roles() const {
    return std::string(text_of(first.machine.role())) + " " + std::string(text_of(second.machine.role()));
  }
  Bench first, second;
};

Tracker tracker(int weight, TrackState state) {
  return Tracker({TrackKind::script, "check", weight, 1, 1, state});
}

}  // namespace

TEST_CASE("vrrp sync group: its routers take over together, when each would alone") {
  Pair pair;
  pair.start();
  CHECK(pair.roles() == "BACKUP BACKUP");
  pair.wait(pair.first);
  CHECK(pair.roles() == "BACKUP BACKUP");
  pair.wait(pair.second);
  CHECK(pair.roles() == "MASTER MASTER");
}

TEST_CASE("vrrp sync group: a router whose MASTER speaks again stops waiting for the others") {
  Pair pair;
  pair.start();
  pair.wait(pair.first);
  pair.first.hear(200);
  pair.wait(pair.second);
  CHECK(pair.roles() == "BACKUP BACKUP");
  pair.wait(pair.first);
  CHECK(pair.roles() == "MASTER MASTER");
}

TEST_CASE("vrrp sync group: one steps back, all do") {
  Pair pair;
  pair.start_master();
  pair.first.hear(200);
  pair.synchronise();
  CHECK(pair.roles() == "BACKUP BACKUP");
  CHECK(pair.second.machine.status().releases_sent == 1);
}

TEST_CASE("vrrp sync group: a FAULT pulls the others down, and lets them go") {
  Pair pair;
  pair.start_master();
  pair.first.tell(LinkChanged{false, {}, "eth0 is down"});
  pair.synchronise();
  CHECK(pair.roles() == "FAULT FAULT");
  CHECK(pair.second.machine.status().reason == "another member of its sync group is in FAULT");
  pair.second.tell(PriorityChanged{100, "script x: failed"});
  pair.first.tell(LinkChanged{true, pair.first.source, ""});
  pair.synchronise();
  CHECK(pair.roles() == "FAULT FAULT");
  pair.second.tell(PriorityChanged{100, ""});
  pair.synchronise();
  CHECK(pair.roles() == "BACKUP BACKUP");
}

TEST_CASE("vrrp sync group: owners start together") {
  Pair pair;
  for (Bench* bench : {&pair.first, &pair.second}) {
    bench->tell(PriorityChanged{255, ""});
    bench->start_backup();
  }
  pair.synchronise();
  CHECK(pair.roles() == "MASTER MASTER");
}

TEST_CASE("vrrp sync group: maintenance and failover of one hand over all") {
  for (const Event& event : {Event{Maintenance{true}}, Event{FailoverRequested{}}, Event{PauseDetected{1min}}}) {
    Pair pair;
    pair.start_master();
    pair.first.tell(event);
    pair.synchronise();
    CHECK(pair.first.machine.role() != Role::master);
    CHECK(pair.second.machine.role() != Role::master);
  }
}

TEST_CASE("vrrp tracking: rise and fall, and the first result decides alone where nothing was known") {
  Tracker check({TrackKind::script, "check", 0, 2, 3, TrackState::unknown});
  CHECK(check.report(false, "exit code 1"));
  CHECK_FALSE(check.report(true, ""));
  CHECK(check.report(true, ""));
  CHECK(check.state() == TrackState::passed);
  CHECK_FALSE(check.report(false, "a"));
  CHECK_FALSE(check.report(false, "b"));
  CHECK_FALSE(check.report(true, ""));
  CHECK_FALSE(check.report(false, "c"));
  CHECK_FALSE(check.report(false, "d"));
  CHECK(check.report(false, "timed out after 1s"));
  CHECK(check.reason() == "timed out after 1s");
}

TEST_CASE("vrrp tracking: weights move the priority within 1-254, weight 0 is a FAULT") {
  const auto passed = TrackState::passed;
  const auto failed = TrackState::failed;
  const auto priority = [](std::uint8_t base, std::vector<Tracker> trackers) {
    return int{effective_priority(base, trackers).priority};
  };
  CHECK(priority(100, {tracker(20, passed)}) == 120);
  CHECK(priority(100, {tracker(20, failed)}) == 100);
  CHECK(priority(100, {tracker(-20, passed)}) == 100);
  CHECK(priority(100, {tracker(-20, failed)}) == 80);
  CHECK(priority(100, {tracker(-20, failed), tracker(-30, failed), tracker(5, passed)}) == 55);
  CHECK(priority(100, {tracker(253, passed)}) == 254);
  CHECK(priority(100, {tracker(-253, failed)}) == 1);
  CHECK(priority(255, {tracker(-20, failed)}) == 255);
  CHECK(priority(100, {tracker(20, TrackState::unknown)}) == 100);
  CHECK(effective_priority(100, std::vector{tracker(0, passed)}).fault.empty());
  CHECK(effective_priority(100, std::vector{tracker(0, TrackState::unknown)}).fault == "script check: no result yet");
  Tracker interface({TrackKind::interface, "eth1", 0, 1, 1, passed});
  interface.report(false, "no carrier");
  CHECK(effective_priority(255, std::vector{interface, tracker(0, TrackState::unknown)}).fault ==
        "interface eth1: no carrier; script check: no result yet");
}
