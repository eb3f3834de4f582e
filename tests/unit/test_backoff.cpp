// When an object that fails, or that somebody else keeps changing, is tried again.
#include <cerrno>

#include <doctest/doctest.h>

#include "reconcilers/backoff.hpp"

namespace {

using namespace ballast;
using namespace std::chrono_literals;

const ServiceKey web = *ServiceKey::parse("tcp 192.0.2.1:80");
const DestinationKey first{web, *IpAddress::parse("10.0.0.1"), 80};
const DestinationKey second{web, *IpAddress::parse("10.0.0.2"), 80};
const AddressKey vip{"lo", *Prefix::parse("192.0.2.1/32")};

Destination weight(std::uint32_t weight) {
  return {Forwarding::dr, weight, 0, 0, {}};
}

Plan plan_of(const DestinationKey& key, std::uint32_t wanted) {
  Plan plan;
  plan.destinations.push_back({Verb::update, key, weight(9), weight(wanted), {}});
  return plan;
}

ApplyReport failing(Kind kind, const std::string& object, int errnum = EINVAL) {
  return {1, 0, {{kind, object, "change " + object + ": no", errnum}}};
}

ApplyReport failing(const DestinationKey& key) {
  return failing(Kind::destination, object_text(key));
}

State wants(const DestinationKey& key, std::uint32_t wanted) {
  State state;
  state.destinations.emplace(key, Entry<Destination>{weight(wanted), {}});
  return state;
}

/// A Backoff with a virtual clock; what is tried is what it lets through.
struct Trial {
  double random = 0;
  Backoff backoff{[this] { return random; }};
  Backoff::Time now = 1h;

  /// What of `plan` was tried.
  Plan attempt(Plan plan, const ApplyReport& report = {}, const State* last = nullptr) {
    const Plan held = backoff.hold_back(plan, now);
    backoff.learn(plan, held, plan.empty() ? ApplyReport{} : report, last, now);
    return plan;
  }
  [[nodiscard]] Backoff::Time wait() const { return backoff.next_try(now).value_or(now) - now; }
};

}  // namespace

TEST_CASE("backoff: an object that fails is tried after 100 ms, then twice as long each time, up to a minute") {
  Trial trial;
  std::vector<long> waits;
  for (int i = 0; i < 12; ++i) {
    CHECK(trial.attempt(plan_of(first, 1), failing(first)).size() == 1);
    waits.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(trial.wait()).count());
    trial.now += trial.wait() - 1ms;
    CHECK(trial.attempt(plan_of(first, 1), failing(first)).empty());
    trial.now += 1ms;
  }
  CHECK(waits == std::vector<long>{100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000});
}

TEST_CASE("backoff: jitter makes it up to a quarter earlier, and never less than 100 ms") {
  Trial trial;
  trial.random = 0.999;
  trial.attempt(plan_of(first, 1), failing(first));
  CHECK(trial.wait() == 100ms);
  trial.now += 100ms;
  trial.attempt(plan_of(first, 1), failing(first));
  CHECK(trial.wait() > 149ms);
  CHECK(trial.wait() < 151ms);
}

TEST_CASE("backoff: others are tried at once") {
  Trial trial;
  trial.attempt(plan_of(first, 1), failing(first));
  Plan both = plan_of(first, 1);
  both.destinations.push_back(plan_of(second, 1).destinations[0]);
  const Plan tried = trial.attempt(both);
  REQUIRE(tried.size() == 1);
  CHECK(tried.destinations[0].key == second);
}

TEST_CASE("backoff: success resets, and so does another wish") {
  Trial trial;
  for (int i = 0; i < 5; ++i) {
    trial.attempt(plan_of(first, 1), failing(first));
    trial.now += trial.wait();
  }
  CHECK(trial.attempt(plan_of(first, 1)).size() == 1);
  CHECK(trial.backoff.troubles(trial.now).empty());
  trial.attempt(plan_of(first, 1), failing(first));
  CHECK(trial.wait() == 100ms);
  trial.now += 100ms;
  trial.attempt(plan_of(first, 1), failing(first));
  CHECK(trial.wait() == 200ms);
  CHECK(trial.attempt(plan_of(first, 2), failing(first)).size() == 1);
  CHECK(trial.wait() == 100ms);
}

TEST_CASE("backoff: what differs no more is forgotten") {
  Trial trial;
  trial.attempt(plan_of(first, 1), failing(first));
  CHECK(trial.backoff.unsettled_services() == std::vector{web});
  trial.attempt({});
  CHECK(trial.backoff.troubles(trial.now).empty());
  CHECK(trial.backoff.unsettled_services().empty());
}

TEST_CASE("backoff: what is held back is listed with the reason and the time") {
  Trial trial;
  trial.attempt(plan_of(first, 1), failing(first));
  const auto troubles = trial.backoff.troubles(trial.now);
  REQUIRE(troubles.size() == 1);
  CHECK(troubles[0].text == "change 10.0.0.1:80 of tcp 192.0.2.1:80: no");
  CHECK(troubles[0].failed);
  CHECK(troubles[0].until == trial.now + 100ms);
  CHECK_FALSE(trial.backoff.troubles(trial.now + 100ms)[0].until.has_value());
}

TEST_CASE("backoff: what somebody else changes again and again is put back less and less often") {
  Trial trial;
  const State wanted = wants(first, 1);
  for (int i = 0; i < 5; ++i) {
    CHECK(trial.attempt(plan_of(first, 1), {}, &wanted).size() == 1);
    CHECK_FALSE(trial.backoff.next_try(trial.now).has_value());
    trial.now += 1s;
  }
  CHECK(trial.backoff.troubles(trial.now).empty());
  CHECK(trial.attempt(plan_of(first, 1), {}, &wanted).size() == 1);
  CHECK(trial.wait() == 100ms);
  const auto troubles = trial.backoff.troubles(trial.now);
  REQUIRE(troubles.size() == 1);
  CHECK_FALSE(troubles[0].failed);
  CHECK(
      troubles[0].text ==
      "something else keeps changing destination 10.0.0.1:80 of tcp 192.0.2.1:80: it is put back less and less often");
  CHECK(trial.attempt(plan_of(first, 1), {}, &wanted).empty());
  trial.now += 100ms;
  CHECK(trial.attempt(plan_of(first, 1), {}, &wanted).size() == 1);
  CHECK(trial.wait() == 200ms);
}

TEST_CASE("backoff: repairs far apart are no fight, and a fight that ends is forgotten") {
  Trial trial;
  const State wanted = wants(first, 1);
  for (int i = 0; i < 20; ++i) {
    CHECK(trial.attempt(plan_of(first, 1), {}, &wanted).size() == 1);
    trial.now += Backoff::calm + 1ms;
  }
  CHECK(trial.backoff.troubles(trial.now).empty());
  for (int i = 0; i < 6; ++i) trial.attempt(plan_of(first, 1), {}, &wanted);
  CHECK(trial.backoff.troubles(trial.now).size() == 1);
  trial.now += 1min;
  trial.attempt({}, {}, &wanted);
  CHECK(trial.backoff.troubles(trial.now).empty());
}

TEST_CASE("backoff: changes that were asked for are no repairs") {
  Trial trial;
  for (std::uint32_t i = 0; i < 20; ++i) {
    const State before = wants(first, i);
    CHECK(trial.attempt(plan_of(first, i + 1), {}, &before).size() == 1);
  }
  CHECK(trial.backoff.troubles(trial.now).empty());
}

TEST_CASE("backoff: the destinations of a service that could not be added wait with it") {
  Trial trial;
  const auto addition = [] {
    Plan plan;
    plan.services.push_back({Verb::add, web, std::nullopt, Service{"mh", 0, 0, 0, ""}, {}});
    plan.destinations.push_back({Verb::add, first, std::nullopt, weight(1), {}});
    return plan;
  };
  ApplyReport report = failing(Kind::service, object_text(web), ENOENT);
  report.failures.push_back({Kind::destination, object_text(first), "not tried", 0});
  CHECK(trial.attempt(addition(), report).size() == 2);
  CHECK(trial.attempt(addition()).empty());
  CHECK(trial.backoff.troubles(trial.now).size() == 1);
  trial.now += 100ms;
  CHECK(trial.attempt(addition()).size() == 2);
}

TEST_CASE("backoff: a VIP does not go on lo while the setting that keeps ARP quiet is held back") {
  Trial trial;
  const auto real_server = [] {
    Plan plan;
    plan.sysctls.push_back({Verb::update, "net.ipv4.conf.all.arp_ignore", "0", "1", {}});
    plan.addresses.push_back({Verb::add, vip, std::nullopt, Address{Scope::host, ""}, {}});
    return plan;
  };
  ApplyReport report = failing(Kind::sysctl, "net.ipv4.conf.all.arp_ignore", EROFS);
  report.failures.push_back({Kind::address, object_text(vip), "not tried", 0});
  trial.attempt(real_server(), report);
  CHECK(trial.attempt(real_server()).empty());
}
