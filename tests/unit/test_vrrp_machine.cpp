// What lies around the election: what keeps a node from standing, leases, pauses, requests of operators, bad senders.
#include <doctest/doctest.h>

#include "tests/unit/vrrp_text.hpp"

namespace {

using namespace ballast;
using namespace ballast::vrrp;
using namespace std::chrono_literals;

Bench bench(std::uint8_t priority) {
  return Bench(Bench::config(priority));
}

std::uint64_t refused(const Bench& node, Refusal reason) {
  return node.machine.status().refused[static_cast<std::size_t>(reason)];
}

}  // namespace

TEST_CASE("vrrp machine: nobody stands before the first reconcile, whatever is heard or not") {
  Bench node = bench(255);
  node.tell(LinkChanged{true, node.source, ""});
  CHECK(node.tell(Start{}) == "remove\n");
  CHECK(node.machine.role() == Role::init);
  CHECK(node.machine.status().impediments == Lines{"the first reconcile is not complete"});
  CHECK(node.machine.next_deadline() == std::nullopt);
  CHECK(node.hear(50).empty());
  CHECK(node.machine.status().master == address("10.0.0.9"));
  CHECK(node.tell(Eligibility{true, ""}) == "send 255\nadd 2s\nINIT -> MASTER: the owner of the addresses is back\n");
}

TEST_CASE("vrrp machine: an interface that is not there is a FAULT that names it, and ends with it") {
  Bench node = bench(100);
  node.tell(Eligibility{true, ""});
  node.tell(LinkChanged{false, {}, "eth7 does not exist"});
  CHECK(node.tell(Start{}) == "remove\nINIT -> FAULT: eth7 does not exist\n");
  CHECK(node.machine.next_deadline() == std::nullopt);
  CHECK(node.tell(LinkChanged{true, node.source, ""}) == "FAULT -> BACKUP: the interface is up\n");
}

TEST_CASE("vrrp machine: link loss drops the addresses without a word, every other fault releases") {
  Bench link = bench(100);
  link.start_master();
  CHECK(link.tell(LinkChanged{false, {}, "eth0 has no carrier"}) == "remove\nMASTER -> FAULT: eth0 has no carrier\n");
  CHECK(link.machine.next_deadline() == std::nullopt);
  Bench tracked = bench(100);
  tracked.start_master();
  CHECK(tracked.tell(PriorityChanged{100, "script check-nginx: exit code 1"}) ==
        "remove\nsend 0\nMASTER -> FAULT: script check-nginx: exit code 1\n");
  CHECK(tracked.tell(PriorityChanged{100, ""}) == "FAULT -> BACKUP: every tracked check passes\n");
  Bench ipvs = bench(100);
  ipvs.start_master();
  CHECK(ipvs.tell(Eligibility{false, "ipvs cannot be programmed"}) ==
        "remove\nsend 0\nMASTER -> FAULT: ipvs cannot be programmed\n");
}

TEST_CASE("vrrp machine: it stands again when the last of several impediments is gone") {
  Bench node = bench(100);
  node.start_backup();
  CHECK(node.tell(LinkChanged{false, {}, "eth0 is down"}) == "BACKUP -> FAULT: eth0 is down\n");
  CHECK(node.tell(Eligibility{false, "ipvs cannot be programmed"}).empty());
  CHECK(node.machine.status().impediments == Lines{"eth0 is down", "ipvs cannot be programmed"});
  CHECK(node.tell(LinkChanged{true, node.source, ""}).empty());
  CHECK(node.tell(Eligibility{true, ""}) == "FAULT -> BACKUP: the node can serve\n");
}

TEST_CASE("vrrp machine: addresses that cannot be added are not announced, and tried again less and less often") {
  Bench node = bench(100);
  node.start_backup();
  node.tick();
  CHECK(
      node.tell(AddressesFailed{"10.0.0.100/24 on eth0: permission denied (EACCES)"}) ==
      "error: the addresses cannot be held: 10.0.0.100/24 on eth0: permission denied (EACCES); tries again in 1.000s\n"
      "remove\nsend 0\n"
      "MASTER -> FAULT: the addresses cannot be held: 10.0.0.100/24 on eth0: permission denied (EACCES)\n");
  CHECK(*node.machine.next_deadline() - node.now == 1s);
  CHECK(node.tick() == "FAULT -> BACKUP: tries again\n");
  node.tick();
  node.tell(AddressesFailed{"again"});
  CHECK(*node.machine.next_deadline() - node.now == 2s);
  node.tick();
  node.tick();
  CHECK(node.tell(AddressesAdded{}) == "announce 5\n");
  node.tell(AddressesFailed{"a renewal failed"});
  CHECK(*node.machine.next_deadline() - node.now == 1s);
}

TEST_CASE("vrrp machine: an answer that comes after the role is gone changes nothing") {
  Bench node = bench(100);
  node.start_backup();
  node.tick();
  node.hear(200);
  CHECK(node.tell(AddressesAdded{}) == "remove\n");
  CHECK(node.tell(AddressesFailed{"late"}).empty());
  CHECK(node.machine.role() == Role::backup);
}

TEST_CASE("vrrp machine: the priority that tracking gives counts at once") {
  Bench node = bench(100);
  node.start_master();
  node.now += 300ms;
  CHECK(node.tell(PriorityChanged{50, ""}) == "send 50\nrenew 2s\n");
  Bench waiting = bench(100);
  waiting.start_backup();
  const Time from = waiting.now;
  waiting.now += 1s;
  waiting.tell(PriorityChanged{240, ""});
  CHECK(*waiting.machine.next_deadline() - from == 3s + Duration(1s) * 16 / 256);
}

TEST_CASE("vrrp machine: leases end about when the standby takes over") {
  CHECK(lease_for(1s) == 2s);
  CHECK(lease_for(100ms) == 1s);
  CHECK(lease_for(10ms) == 1s);
  CHECK(lease_for(2s) == 5s);
  CHECK(lease_for(40950ms) == 122s);
  CHECK(lease_for(2s, 1s) == 4s);
  // What many IPv6 VIPs cost: a tenth of the time at most.
  CHECK(lease_for(100ms, 0ms, 75ms) == 3s);
  CHECK(lease_for(100ms, 0ms, 300ms) == 12s);
  CHECK(lease_for(5s, 0ms, 75ms) == 14s);
  CHECK(renewal_period(100ms, 75ms) == 750ms);
  // Whenever a MASTER dies, its addresses are gone before anybody takes over (from 834 ms on).
  for (Duration interval = 834ms; interval <= 41s; interval += 333ms) {
    Config config = Bench::config(100);
    config.group.interval = std::chrono::round<Centiseconds>(interval);
    config.announcing.delay = 0s;
    Bench node(config);
    node.start_master();
    Time advertised = node.now, gone = node.now + lease_for(config.group.interval);
    for (int at = 0; at < 40; ++at) {
      for (const Action& action : (node.now = *node.machine.next_deadline(), node.machine.step(node.now, Timer{}))) {
        if (std::holds_alternative<SendAdvertisement>(action)) advertised = node.now;
        const auto* renew = std::get_if<RenewAddresses>(&action);
        if (renew != nullptr) {
          CHECK(gone > node.now);  // never a moment without
          gone = node.now + renew->lease;
        }
      }
      CAPTURE(interval.count());
      CHECK(gone + latest_expiry <= advertised + 3 * Duration{config.group.interval});
    }
  }
}

TEST_CASE("vrrp machine: a MASTER renews at least each quarter of its lease") {
  for (const auto interval : {Centiseconds{1}, Centiseconds{10}, Centiseconds{100}, Centiseconds{4095}}) {
    Config config = Bench::config(100);
    config.group.interval = interval;
    Bench node(config);
    node.start_master();
    Time renewed = node.now;
    for (int at = 0; at < 300; ++at) {
      if (node.tick().find("renew") == std::string::npos) continue;
      CHECK(node.now - renewed <= Duration{lease_for(interval)} / 4);
      renewed = node.now;
    }
  }
}

TEST_CASE("vrrp machine: a MASTER that did not run looks before it renews") {
  Bench node = bench(100);
  node.start_master();
  CHECK(node.tick(2s) == "remove\nMASTER -> BACKUP: did not run for 2.500s, looks before it goes on\n");
  CHECK(*node.machine.next_deadline() - node.now == node.machine.master_down_interval());
  CHECK(node.machine.status().pauses == 1);
  // a little lateness is no pause
  Bench late = bench(100);
  late.start_master();
  CHECK(late.tick(1400ms) == "send 100\nrenew 2s\n");
}

TEST_CASE("vrrp machine: what is a pause follows from the own interval, not from that of a faster MASTER before") {
  Bench node = bench(100);
  node.start_backup();
  node.peer_interval = Centiseconds{10};
  node.hear(200);
  node.tick();
  CHECK(node.tick() == "renew 2s\n");
  CHECK(node.tick() == "send 100\nrenew 2s\n");
}

TEST_CASE("vrrp machine: a BACKUP that did not run listens before it takes over") {
  Bench node = bench(100);
  node.start_backup();
  CHECK(node.tick(3s) == "warning: did not run for 3.000s, looks before it goes on\n");
  CHECK(*node.machine.next_deadline() - node.now == node.machine.master_down_interval());
}

TEST_CASE("vrrp machine: a pause that only the boot clock shows") {
  Bench node = bench(100);
  node.start_master();
  CHECK(node.tell(PauseDetected{1s}).empty());
  CHECK(node.tell(PauseDetected{30s}) ==
        "remove\nMASTER -> BACKUP: did not run for 30.000s, looks before it goes on\n");
}

TEST_CASE("vrrp machine: failover hands over now, and stays BACKUP for one master-down time") {
  Bench node = bench(200);
  node.start_master();
  CHECK(node.tell(FailoverRequested{}) == "remove\nsend 0\nMASTER -> BACKUP: handed over on request\n");
  const Time until = node.now + node.machine.master_down_interval();
  node.now += 1s;
  node.hear(100);  // preemption waits
  CHECK(*node.machine.next_deadline() - node.now == node.machine.master_down_interval());
  node.now = until;
  const Time due = *node.machine.next_deadline();
  node.hear(100);  // and works again
  CHECK(*node.machine.next_deadline() == due);
  CHECK(node.tell(FailoverRequested{}) == "warning: nothing to hand over: the role is BACKUP\n");
}

TEST_CASE("vrrp machine: maintenance gives up gracefully and stays out, also across a start") {
  Bench node = bench(100);
  node.start_master();
  CHECK(node.tell(Maintenance{true}) == "remove\nsend 0\nMASTER -> FAULT: maintenance\n");
  CHECK(node.machine.next_deadline() == std::nullopt);
  CHECK(node.tell(Maintenance{false}) == "FAULT -> BACKUP: maintenance is over\n");
  Bench again = bench(255);
  again.tell(Maintenance{true});
  again.ready();
  CHECK(again.tell(Start{}) == "remove\nINIT -> FAULT: maintenance\n");
}

TEST_CASE("vrrp machine: stop releases; with keep it leaves the addresses to a successor that is quick") {
  Bench node = bench(100);
  node.start_master();
  CHECK(node.tell(Stop{}) == "remove\nsend 0\nMASTER -> INIT: stopped\n");
  CHECK(node.machine.next_deadline() == std::nullopt);
  CHECK(node.tell(Stop{}).empty());

  Bench keeps = bench(100);
  keeps.start_master();
  CHECK(keeps.tell(Stop{true}) ==
        "send 100\nrenew 2s\nMASTER -> INIT: stopped, the addresses are left to a successor\n");
  Bench next = bench(100);
  next.now = keeps.now + 1900ms;
  next.ready();
  CHECK(next.tell(Start{keeps.machine.kept()}) ==
        "send 100\nadd 2s\nINIT -> MASTER: goes on with the addresses that its predecessor left\n");
  Bench slow = bench(100);
  slow.now = keeps.now + 2s;
  slow.ready();
  CHECK(slow.tell(Start{keeps.machine.kept()}) == "remove\nINIT -> BACKUP: started\n");
}

TEST_CASE("vrrp machine: announcements are repeated after the delay, then refreshed") {
  Config config = Bench::config(100);
  config.announcing = {3, 1ms, 5s, 60s, 2};
  Bench node(config);
  node.start_backup();
  node.tick();
  CHECK(node.machine.step(node.now, AddressesAdded{}) == std::vector<Action>{Announce{3, 1ms}});
  const Time start = node.now;
  std::vector<std::pair<Duration, int>> announced;
  while (node.now < start + 130s) {
    node.now = *node.machine.next_deadline();
    for (const Action& action : node.machine.step(node.now, Timer{})) {
      if (const auto* announce = std::get_if<Announce>(&action))
        announced.emplace_back(node.now - start, announce->count);
    }
  }
  CHECK(announced == std::vector<std::pair<Duration, int>>{{5s, 3}, {65s, 2}, {125s, 2}});
}

TEST_CASE("vrrp machine: a flood of forged packets is counted, told once in ten seconds, and changes nothing") {
  Bench node = bench(100);
  node.start_backup();
  const Time due = *node.machine.next_deadline();
  Config forger = Bench::config(100);
  forger.group.vrid = 41;
  const IpHeaderFacts facts{address("10.0.0.66"), multicast_group(Family::ipv4), 64, vrrp_protocol, 0};
  const Bytes bytes = encode({3, 41, 255, Centiseconds{100}, forger.group.addresses}, forger.group, facts);
  std::string told;
  for (int at = 0; at < 10000; ++at) told += node.tell(Packet{bytes, facts});
  CHECK(told == "warning: refused a packet from 10.0.0.66: ttl is 64 and not 255: it came through a router\n");
  CHECK(refused(node, Refusal::hop_limit) == 10000);
  CHECK(node.machine.status().received == 0);
  CHECK(*node.machine.next_deadline() == due);
  node.now += 3s;
  for (int at = 0; at < 8; ++at) {
    node.hear(200);
    node.now += 1s;
  }
  CHECK(node.tell(Packet{bytes, facts}) ==
        "warning: refused a packet from 10.0.0.66: ttl is 64 and not 255: it came through a router (and 9999 more like "
        "it)\n");
}

TEST_CASE("vrrp machine: a foreign group and another list of addresses are named until they are gone") {
  Bench node = bench(100);
  node.start_backup();
  Advertisement sent{3, 41, 200, Centiseconds{100}, {address("10.0.0.77")}};
  CHECK(node.hear(sent, "10.0.0.9") ==
        "warning: 10.0.0.9: a foreign group uses this virtual router id: it advertises 10.0.0.77 and none of ours\n");
  CHECK(node.machine.status().conflict ==
        "10.0.0.9: a foreign group uses this virtual router id: it advertises 10.0.0.77 and none of ours");
  CHECK(refused(node, Refusal::address_list) == 1);
  CHECK(node.machine.status().received == 0);

  node.now += 11s;
  sent.addresses.push_back(address("10.0.0.100"));
  const std::string differs = node.hear(sent, "10.0.0.9");
  CHECK(differs.find("warning: 10.0.0.9: another list of addresses: it also has 10.0.0.77\n") != std::string::npos);
  CHECK(node.machine.status().received == 1);
  sent.addresses = {address("10.0.0.100")};
  node.hear(sent, "10.0.0.8");
  CHECK_FALSE(node.machine.status().conflict.empty());
  node.hear(sent, "10.0.0.9");
  CHECK(node.machine.status().conflict.empty());

  sent.addresses = {address("10.0.0.77")};
  node.hear(sent, "10.0.0.9");
  const Advertisement agreed{3, 41, 200, Centiseconds{100}, {address("10.0.0.100")}};
  const Time last = node.now;
  while (node.now < last + 299s) {
    node.now += 1s;
    node.hear(agreed, "10.0.0.8");
  }
  CHECK_FALSE(node.machine.status().conflict.empty());
  node.now += 1s;
  node.hear(agreed, "10.0.0.8");
  CHECK(node.machine.status().conflict.empty());
}

TEST_CASE("vrrp machine: packets of other groups' VRIDs are counted and said nothing about") {
  Bench node = bench(100);
  node.start_backup();
  const auto due = node.machine.next_deadline();
  CHECK(node.tell(OtherVrid{}) == "");
  CHECK(node.tell(OtherVrid{}) == "");
  CHECK(refused(node, Refusal::vrid) == 2);
  CHECK(node.machine.next_deadline() == due);
  CHECK(node.machine.role() == Role::backup);
}

TEST_CASE("vrrp machine: AH, a recorded packet is refused until its sender has been silent") {
  Config config = Bench::config(100);
  config.group.version = 2;
  config.group.authentication = Authentication::ah;
  config.group.password = "secret";
  Bench node(config);
  node.start_backup();
  Advertisement sent{2, 41, 200, Centiseconds{100}, config.group.addresses, Authentication::ah, 7};
  CHECK(node.hear(sent, "10.0.0.9").empty());
  node.now += 1s;
  CHECK(node.hear(sent, "10.0.0.9") ==
        "warning: refused a packet from 10.0.0.9: its sequence number 7 was seen before\n");
  CHECK(refused(node, Refusal::replay) == 1);
  sent.sequence = 8;
  CHECK(node.hear(sent, "10.0.0.9").empty());
  // its own numbers go on from there
  const auto actions = (node.now = *node.machine.next_deadline(), node.machine.step(node.now, Timer{}));
  CHECK(std::get<SendAdvertisement>(actions.at(0)).sequence == 9);
  node.hear(sent, "10.0.0.9");
  CHECK(node.machine.status().received == 3);
}

TEST_CASE("vrrp machine: a new configuration is taken over without giving up the role") {
  Bench node = bench(100);
  node.start_master();
  node.now += 300ms;
  Config config = Bench::config(100);
  config.group.addresses.push_back(address("10.0.0.101"));
  CHECK(node.tell(Reconfigured{&config}) == "send 100\nrenew 2s\nadd 2s\n");
  CHECK(node.machine.advertisement(SendAdvertisement{100, 0}).addresses.size() == 2);
  CHECK(node.tell(AddressesAdded{}) == "announce 5\n");
}

TEST_CASE("vrrp machine: status counts what happened") {
  Bench node = bench(100);
  node.start_master();
  node.tick();
  node.tick();
  node.hear(200);
  const Status& status = node.machine.status();
  CHECK(status.role == Role::backup);
  CHECK(status.since == node.now);
  CHECK(status.sent == 2);
  CHECK(status.received == 1);
  CHECK(status.entered == std::array<std::uint64_t, 4>{0, 2, 1, 0});
  CHECK(status.master == address("10.0.0.9"));
  CHECK(int{status.master_priority} == 200);
  node.tell(LinkChanged{false, {}, ""});
  CHECK(status.reason == "the interface is down");
}
