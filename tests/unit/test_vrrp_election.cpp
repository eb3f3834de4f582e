// The election, rule by rule: RFC 9568 section 6.4 and RFC 3768 section 6.4. Whole lists of actions are compared.
#include <doctest/doctest.h>

#include "tests/unit/vrrp_text.hpp"

namespace {

using namespace ballast;
using namespace ballast::vrrp;
using namespace std::chrono_literals;

Bench bench(std::uint8_t priority) {
  return Bench(Bench::config(priority));
}

Bench version2(std::uint8_t priority, std::chrono::seconds interval) {
  Config config = Bench::config(priority);
  config.group.version = 2;
  config.group.interval = interval;
  return Bench(config);
}

}  // namespace

TEST_CASE("vrrp election: section 6.1, skew and master-down time of VRRPv3 follow the interval") {
  Bench node = bench(100);
  CHECK(node.machine.skew_time() == Duration(1s) * 156 / 256);
  node.start_backup();
  CHECK(*node.machine.next_deadline() - node.now == 3s + Duration(1s) * 156 / 256);
  node.peer_interval = Centiseconds{10};
  node.hear(200);
  CHECK(*node.machine.next_deadline() - node.now == 300ms + Duration(100ms) * 156 / 256);
}

TEST_CASE("vrrp election: RFC 3768 section 6.1, skew of VRRPv2 is parts of a second whatever the interval") {
  Bench node = version2(100, 5s);
  node.start_backup();
  CHECK(*node.machine.next_deadline() - node.now == 15s + Duration(1s) * 156 / 256);
}

TEST_CASE("vrrp election: section 6.4.1, BACKUP first, the owner is MASTER at once") {
  Bench node = bench(100);
  node.ready();
  CHECK(node.tell(Start{}) == "remove\nINIT -> BACKUP: started\n");
  Bench owner = bench(255);
  owner.ready();
  CHECK(owner.tell(Start{}) == "remove\nsend 255\nadd 2s\nINIT -> MASTER: the owner of the addresses is back\n");
}

TEST_CASE("vrrp election: section 6.4.2, silence makes a MASTER; it announces what it really holds") {
  Bench node = bench(100);
  node.start_backup();
  CHECK(node.tick() == "send 100\nadd 2s\nBACKUP -> MASTER: no advertisement for 3.609s\n");
  CHECK(node.tell(AddressesAdded{}) == "announce 5\n");
  CHECK(node.tick() == "renew 2s\n");
  CHECK(node.tick() == "send 100\nrenew 2s\n");
}

TEST_CASE("vrrp election: section 6.4.2 (430), an equal or higher advertisement starts the timer anew") {
  Bench node = bench(100);
  node.start_backup();
  for (const std::uint8_t priority : {std::uint8_t{100}, std::uint8_t{101}, std::uint8_t{255}}) {
    node.now += 3s;
    CHECK(node.hear(priority).empty());
    CHECK(*node.machine.next_deadline() - node.now == node.machine.master_down_interval());
  }
}

TEST_CASE("vrrp election: section 6.4.2 (445), with preemption a lower MASTER is not heard") {
  Bench node = bench(100);
  node.start_backup();
  const Time due = *node.machine.next_deadline();
  node.now += 3s;
  CHECK(node.hear(99).empty());
  CHECK(*node.machine.next_deadline() == due);
  CHECK(node.machine.status().master == address("10.0.0.9"));
}

TEST_CASE("vrrp election: section 6.4.2 (430), without preemption any MASTER is heard, but the owner preempts always") {
  Config config = Bench::config(100);
  config.preempt = false;
  Bench node(config);
  node.start_backup();
  node.now += 3s;
  node.hear(1);
  CHECK(*node.machine.next_deadline() - node.now == node.machine.master_down_interval());

  config.priority = 255;
  Bench owner(config);
  owner.start_backup();
  owner.tell(FailoverRequested{});
  owner.now += 4s;
  const Time due = *owner.machine.next_deadline();
  owner.hear(254);
  CHECK(*owner.machine.next_deadline() == due);
}

TEST_CASE("vrrp election: preemptDelay, a lower MASTER is endured that long, and not longer") {
  Config config = Bench::config(100);
  config.preempt_delay = 10s;
  Bench node(config);
  node.start_backup();
  node.now += 1s;
  const Time heard_first = node.now;
  while (node.now < heard_first + 10s) {
    CHECK(node.hear(50).empty());
    node.now += 1s;
  }
  CHECK(*node.machine.next_deadline() == heard_first + 10s);
  CHECK(node.tell(Timer{}) == "send 100\nadd 2s\nBACKUP -> MASTER: the preempt delay is over\n");
}

TEST_CASE("vrrp election: preemptDelay is no reason to wait for a dead MASTER, and starts anew behind a higher one") {
  Config config = Bench::config(100);
  config.preempt_delay = 1000s;
  Bench node(config);
  node.start_backup();
  node.hear(50);
  CHECK(node.tick() == "send 100\nadd 2s\nBACKUP -> MASTER: no advertisement for 3.609s\n");

  config.preempt_delay = 2s;
  Bench other(config);
  other.start_backup();
  other.hear(50);
  other.now += 1s;
  other.hear(150);
  CHECK(*other.machine.next_deadline() - other.now == other.machine.master_down_interval());
}

TEST_CASE("vrrp election: section 6.4.2 (420), a release leaves the skew time only") {
  Bench node = bench(100);
  node.start_backup();
  node.hear(200);
  node.now += 500ms;
  CHECK(node.hear(0).empty());
  CHECK(*node.machine.next_deadline() - node.now == Duration(1s) * 156 / 256);
  CHECK(node.tick() == "send 100\nadd 2s\nBACKUP -> MASTER: the MASTER released its role\n");
  CHECK(node.machine.status().releases_received == 1);
}

TEST_CASE("vrrp election: a release by a node that is not the MASTER releases nothing") {
  Bench node = bench(100);
  node.start_backup();
  node.hear(200, "10.0.0.9");
  const Time due = *node.machine.next_deadline();
  node.now += 500ms;
  node.hear(0, "10.0.0.8");
  CHECK(*node.machine.next_deadline() == due);
}

TEST_CASE("vrrp election: section 6.4.3 (705), a MASTER answers a release at once") {
  Bench node = bench(100);
  node.start_master();
  node.now += 400ms;
  CHECK(node.hear(0) == "send 100\nrenew 2s\n");
}

TEST_CASE("vrrp election: section 6.4.3 (720), a MASTER gives way to a higher priority, silently") {
  Bench node = bench(100);
  node.start_master();
  node.now += 400ms;
  node.peer_interval = Centiseconds{300};
  CHECK(node.hear(101) == "remove\nMASTER -> BACKUP: 10.0.0.9 advertises priority 101\n");
  CHECK(*node.machine.next_deadline() - node.now == 9s + Duration(3s) * 156 / 256);
}

TEST_CASE("vrrp election: section 6.4.3 (720), among equals the higher primary address is MASTER") {
  Bench node = bench(100);  // 10.0.0.5
  node.start_master();
  node.now += 400ms;
  CHECK(node.hear(100, "10.0.0.4") == "send 100\nrenew 2s\n");
  CHECK(node.hear(100, "10.0.0.6") == "remove\nMASTER -> BACKUP: 10.0.0.6 advertises priority 100\n");

  Config config = Bench::config(100);
  config.group.family = Family::ipv6;
  config.group.addresses = {address("2001:db8::100")};
  Bench six(config);
  six.source = address("fe80::99");
  six.start_master();
  CHECK(six.hear(100, "fe80::98").find("MASTER ->") == std::string::npos);
  CHECK(six.hear(100, "fe80::1:1") == "remove\nMASTER -> BACKUP: fe80::1:1 advertises priority 100\n");
}

TEST_CASE("vrrp election: section 6.4.3 (745), a healed split: the higher MASTER says so at once and announces again") {
  Bench node = bench(100);
  node.start_master();
  node.now += 100ms;
  // it announced 100 ms ago: neighbours hear it again within a second
  CHECK(node.hear(99) == "send 100\n");
  const Time heard = node.now;
  // ten more of the same change nothing
  for (int at = 0; at < 10; ++at) CHECK(node.hear(99).empty());
  std::string all;
  while (all.find("announce") == std::string::npos && node.now < heard + 2s) all += node.tick();
  CHECK(node.now - heard == 900ms);
  CHECK(node.machine.role() == Role::master);
}

TEST_CASE("vrrp election: section 6.1, VRRPv3 takes over the MASTER's interval, and advertises with its own") {
  Bench node = bench(100);
  node.start_backup();
  node.peer_interval = Centiseconds{1000};
  node.hear(200);
  CHECK(*node.machine.next_deadline() - node.now == 30s + Duration(10s) * 156 / 256);
  const std::string all = node.tick();
  CHECK(all == "send 100\nadd 2s\nBACKUP -> MASTER: no advertisement for 36.093s\n");
  CHECK(node.machine.advertisement(SendAdvertisement{100, 1}).interval == Centiseconds{100});
  node.tell(AddressesAdded{});
  CHECK(*node.machine.next_deadline() - node.now == 500ms);
}

TEST_CASE("vrrp election: RFC 3768 section 7.1, VRRPv2 drops a MASTER with another interval, and names it") {
  Bench node = version2(100, 1s);
  node.start_backup();
  const Time due = *node.machine.next_deadline();
  node.peer_interval = Centiseconds{300};
  node.now += 1s;
  CHECK(node.hear(200) == "warning: refused a packet from 10.0.0.9: it advertises every 3s and we every 1s\n");
  CHECK(*node.machine.next_deadline() == due);
}

TEST_CASE("vrrp election: our own address from elsewhere elects nobody") {
  Bench node = bench(100);
  node.start_master();
  CHECK(node.hear(200, "10.0.0.5") ==
        "warning: refused a packet from 10.0.0.5: it carries our own address: another node uses it, or the network "
        "returns our packets\n");
  CHECK(node.machine.role() == Role::master);
}

TEST_CASE("vrrp election: advertisements are counted from when they were due, lateness does not add up") {
  Config config = Bench::config(100);
  config.announcing.delay = 0s;
  Bench node(config);
  node.start_master();
  const Time start = node.now;
  int sent = 0;
  for (int at = 0; at < 60; ++at) {
    sent += static_cast<int>(node.tick(7ms).find("send") != std::string::npos);
  }
  CHECK(sent == (node.now - start) / 1s);
}
