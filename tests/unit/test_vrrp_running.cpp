// What happens to a MASTER while it runs: new configurations, advertisements that cannot be sent, a successor; and when
// its VIPs are announced.
#include <algorithm>

#include <doctest/doctest.h>

#include "controller/vrrp/announcements.hpp"
#include "controller/vrrp/scene.hpp"
#include "controller/vrrp/tracking.hpp"
#include "tests/unit/vrrp_text.hpp"

using namespace ballast;
using namespace ballast::vrrp;
using namespace std::chrono_literals;

namespace {

Bench bench(Centiseconds interval) {
  Config config = Bench::config(100);
  config.group.interval = interval;
  return Bench(config);
}

/// Ticks `length` long; every line but advertisements and renewals.
std::string run(Bench& node, Duration length) {
  std::string told;
  const Time end = node.now + length;
  while (*node.machine.next_deadline() <= end) {
    for (const std::string& line :
         lines_of((node.now = *node.machine.next_deadline(), node.machine.step(node.now, vrrp::Timer{})))) {
      if (!line.starts_with("send") && !line.starts_with("renew") && !line.starts_with("announce")) told += line + "\n";
    }
  }
  return told;
}

}  // namespace

TEST_CASE("vrrp running: a MASTER takes a longer interval, and renews as a shorter one asks") {
  for (const auto& [before, after] : {std::pair{10, 1000}, std::pair{1000, 10}}) {
    Bench node = bench(Centiseconds{before});
    node.start_master();
    Config config = Bench::config(100);
    config.group.interval = Centiseconds{after};
    node.tell(Reconfigured{&config});
    CHECK(*node.machine.next_deadline() - node.now <= renewal_period(config.group.interval));
    CHECK(run(node, 60s) == "");
    CHECK(node.machine.role() == Role::master);
    CHECK(node.machine.status().pauses == 0);
  }
}

TEST_CASE("vrrp running: a MASTER that cannot advertise gives up at the third time in a row") {
  Bench node = bench(Centiseconds{100});
  node.start_master();
  node.now += 1s;
  CHECK(node.tell(Advertised{"operation not permitted (EPERM)"}).empty());
  node.now += 1s;
  CHECK(node.tell(Advertised{"operation not permitted (EPERM)"}).empty());
  CHECK(node.tell(Advertised{""}).empty());
  node.now += 1s;
  CHECK(node.tell(Advertised{"operation not permitted (EPERM)"}).empty());
  node.now += 1s;
  CHECK(node.tell(Advertised{"operation not permitted (EPERM)"}).empty());
  node.now += 1s;
  CHECK(node.tell(Advertised{"operation not permitted (EPERM)"}) ==
        "error: it cannot advertise: operation not permitted (EPERM); tries again in 1.000s\n"
        "remove\nsend 0\nMASTER -> FAULT: it cannot advertise: operation not permitted (EPERM)\n");
  CHECK(node.tell(Advertised{"operation not permitted (EPERM)"}).empty());
  CHECK(node.machine.status().impediments == Lines{"it cannot advertise: operation not permitted (EPERM)"});

  INFO("what failed before is given no second chance, and is tried less and less often");
  CHECK(node.tick() == "FAULT -> BACKUP: tries again\n");
  node.tick();
  CHECK(node.machine.role() == Role::master);
  CHECK(node.tell(Advertised{"again"}) ==
        "error: it cannot advertise: again; tries again in 2.000s\nremove\nsend 0\n"
        "MASTER -> FAULT: it cannot advertise: again\n");
  CHECK(node.tell(AddressesAdded{}) == "remove\n");
  CHECK(node.tick() == "FAULT -> BACKUP: tries again\n");
  node.tick();
  node.tell(AddressesAdded{});
  node.now += 1s;
  CHECK(node.tell(Advertised{"anew"}).empty());
}

TEST_CASE("vrrp running: with AH a successor counts on, or the others would refuse it as a replay") {
  Config config = Bench::config(100);
  config.group.version = 2;
  config.group.authentication = Authentication::ah;
  config.group.password = "secret";
  Bench node(config);
  node.start_master();
  for (int i = 0; i < 40; ++i) node.tick();
  node.tell(Stop{true});
  const Kept kept = node.machine.kept().value();
  CHECK(kept.sent_at == node.now);
  CHECK(kept.sequence > 5);
  for (const Duration later : {Duration{500ms}, Duration{60s}}) {
    Bench next(config);
    next.now = node.now + later;
    next.ready();
    auto actions = next.machine.step(next.now, Start{kept});
    if (next.machine.role() != Role::master) {
      next.now = *next.machine.next_deadline();
      actions = next.machine.step(next.now, vrrp::Timer{});
    }
    CHECK(std::get<SendAdvertisement>(actions.at(0)).sequence == kept.sequence + 1);
  }
  Bench backup(config);
  backup.start_backup();
  CHECK_FALSE(backup.machine.kept().has_value());
  backup.tell(Stop{true});
  CHECK_FALSE(backup.machine.kept().has_value());
}

TEST_CASE("vrrp running: a check without a result takes nothing from who holds the VIPs") {
  const TrackConfig must{TrackKind::file, "/run/ok", 0};
  const TrackConfig lowers{TrackKind::script, "/bin/check", -50};
  std::vector<Tracker> trackers{Tracker(must, true), Tracker(lowers, true)};
  CHECK(effective_priority(100, trackers).fault.empty());
  CHECK(int{effective_priority(100, trackers).priority} == 100);
  trackers[0].report(false, "it is gone");
  trackers[1].report(false, "exit status 1");
  CHECK(effective_priority(100, trackers).fault == "file /run/ok: it is gone");
  CHECK(int{effective_priority(100, trackers).priority} == 50);
  const std::vector<Tracker> fresh{Tracker(must), Tracker(lowers)};
  CHECK(effective_priority(100, fresh).fault == "file /run/ok: no result yet");
  CHECK(int{effective_priority(100, fresh).priority} == 50);
}

TEST_CASE("vrrp running: AH packets that do not fit into the interface's MTU") {
  Scene scene;
  LinkEvent link;
  link.name = "eth0";
  link.up = true;
  link.mtu = 576;
  scene.take(link);
  Group group;
  for (std::uint8_t at = 0; at < 130; ++at) {
    const std::uint8_t bytes[] = {10, 9, 1, at};
    group.addresses.push_back(IpAddress::from_bytes(Family::ipv4, bytes));
  }
  group.version = 2;
  CHECK(scene.too_large("eth0", group).empty());
  group.authentication = Authentication::ah;
  CHECK(scene.too_large("eth0", group) ==
        "an AH packet carries 129 addresses at eth0's MTU of 576, and 130 are advertised");
  group.addresses.pop_back();
  CHECK(scene.too_large("eth0", group).empty());
}

TEST_CASE("vrrp running: every VIP is announced, however often a refresh is asked for") {
  constexpr std::size_t vips = 150;
  Announcements announcements;
  std::vector<int> announced(vips);
  for (Time now{}; now <= 10s; now += 10ms) {
    if (now % 1s == 0s) announcements.ask(now, {1, 20ms});
    for (const std::size_t i : announcements.take_due(now, vips)) ++announced[i];
  }
  CHECK(*std::min_element(announced.begin(), announced.end()) == 3);
  CHECK(*std::max_element(announced.begin(), announced.end()) == 4);
}

TEST_CASE("vrrp running: announcements come in bursts that a switch can bear, in rounds, and end") {
  Announcements announcements;
  announcements.ask(0s, {2, 0ms});
  std::vector<std::size_t> sent;
  Time now{};
  while (announcements.next()) {
    now = std::max(now, *announcements.next());
    const auto due = announcements.take_due(now, 150);
    CHECK(due.size() <= 100);
    sent.insert(sent.end(), due.begin(), due.end());
  }
  CHECK(now == 3ms);
  REQUIRE(sent.size() == 300);
  for (std::size_t i = 0; i < sent.size(); ++i) CHECK(sent[i] == i % 150);
  announcements.ask(now, {1, 1s});
  announcements.clear();
  CHECK_FALSE(announcements.next().has_value());
  announcements.ask(now, {1, 1s});
  CHECK(announcements.take_due(now, 0).empty());
  CHECK_FALSE(announcements.next().has_value());
}
