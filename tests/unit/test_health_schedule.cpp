// Rounds of one check, and when the probes of many are due.
#include <map>

#include <doctest/doctest.h>

#include "controller/health/schedule.hpp"

namespace {

using namespace ballast;
using namespace ballast::health;
using namespace std::chrono_literals;

Check make_check(int retries, int rise, int fall) {
  Check check;
  check.retries.value = retries;
  check.rise.value = rise;
  check.fall.value = fall;
  return check;
}

/// The life after each attempt: '+' passed, '-' failed; '?' unknown, 'u' up, 'd' down, '.' the round goes on.
std::string lives(const Check& check, const std::string& attempts) {
  Machine machine;
  std::string text;
  for (const char attempt : attempts) {
    const auto step = machine.step(check, attempt == '+');
    text += step.retry_after ? '.' : machine.life() == Life::up ? 'u' : machine.life() == Life::down ? 'd' : '?';
  }
  return text;
}

/// Runs `count` checks of that interval for `time`, each attempt taking `takes`; how many began in each 10 ms.
std::map<std::int64_t, int> run(Schedule& schedule, Time from, Duration time, Duration takes = 0ms) {
  std::map<std::int64_t, int> begun;
  std::multimap<Time, CheckId> running;
  for (Time now = from; now < from + time;) {
    while (const auto id = schedule.take(now)) {
      ++begun[now / 10ms];
      running.emplace(now + takes, *id);
    }
    while (!running.empty() && running.begin()->first <= now) {
      schedule.rest(running.begin()->second, now);
      running.erase(running.begin());
    }
    Time next = schedule.next().value_or(Time::max());
    if (!running.empty()) next = std::min(next, running.begin()->first);
    if (next == Time::max()) break;
    now = std::max(now, next);
  }
  return begun;
}

int largest(const std::map<std::int64_t, int>& begun) {
  int most = 0;
  for (const auto& [slot, count] : begun) most = std::max(most, count);
  return most;
}

}  // namespace

TEST_CASE("check: rise and fall in rounds, retries within them") {
  CHECK(lives(make_check(0, 1, 1), "+-+") == "udu");
  CHECK(lives(make_check(2, 1, 1), "+---") == "u..d");
  CHECK(lives(make_check(2, 1, 1), "+--+---") == "u..u..d");
  CHECK(lives(make_check(0, 2, 3), "+--+---++") == "uuuuuuddu");
  CHECK(lives(make_check(0, 2, 3), "+---+-++") ==
        "uuudddd"
        "u");
}

TEST_CASE("check: the first passed round is enough, the first failed one is not") {
  CHECK(lives(make_check(0, 3, 1), "+") == "u");
  CHECK(lives(make_check(0, 1, 2), "-") == "?");
  CHECK(lives(make_check(0, 1, 2), "--") == "?d");
  CHECK(lives(make_check(1, 1, 1), "--") == ".d");
}

TEST_CASE("check: a retry comes after its delay, and a verdict is told once") {
  Check check = make_check(1, 1, 1);
  check.retry_delay.value = 3s;
  Machine machine;
  CHECK(machine.step(check, true).changed);
  CHECK_FALSE(machine.step(check, true).changed);
  CHECK(machine.step(check, false).retry_after == Duration(3s));
  CHECK(machine.failed_attempts() == 1);
  const auto last = machine.step(check, false);
  CHECK(last.changed);
  CHECK_FALSE(last.retry_after.has_value());
}

TEST_CASE("schedule: 10,000 probes are spread over the interval") {
  Schedule schedule;
  for (CheckId id = 0; id < 10'000; ++id) schedule.add(id, 12345678ns, 2s, std::nullopt);
  const auto begun = run(schedule, 12345678ns, 60s);
  CHECK(largest(begun) <= 3 * 50);
  CHECK(largest(begun) <= 60);  // far better than asked for
  int all = 0;
  for (const auto& [slot, count] : begun) all += count;
  CHECK(all >= 10'000 * 29);
  CHECK(all <= 10'000 * 31);
}

TEST_CASE("schedule: those that stay after others went and came are still even") {
  Schedule schedule;
  for (CheckId id = 0; id < 20'000; ++id) schedule.add(id, 0ns, 2s, std::nullopt);
  for (CheckId id = 0; id < 20'000; id += 2) schedule.remove(id);
  for (CheckId id = 0; id < 5'000; id += 2) schedule.add(id, 0ns, 2s, std::nullopt);
  CHECK(largest(run(schedule, 0ns, 20s)) <= 3 * 62);
}

TEST_CASE("schedule: nothing drifts, late probes do not move, missed slots are skipped") {
  Schedule schedule;
  schedule.add(7, 0ns, 2s, std::nullopt);
  const Time first = *schedule.next();
  CHECK(first > 0ns);
  CHECK(first <= 2s);
  REQUIRE(schedule.take(first + 300ms) == CheckId{7});  // late
  CHECK_FALSE(schedule.next().has_value());             // it runs
  schedule.rest(7, first + 400ms);
  CHECK(schedule.next() == first + 2s);
  CHECK_FALSE(schedule.take(first + 1999ms).has_value());
  REQUIRE(schedule.take(first + 2s) == CheckId{7});
  schedule.rest(7, first + 7s);
  CHECK(schedule.next() == first + 8s);
  for (int i = 4; i < 100'004; ++i) {
    REQUIRE(schedule.take(first + i * Duration(2s)) == CheckId{7});
    schedule.rest(7, first + i * Duration(2s) + 1ms);
  }
  CHECK(schedule.next() == first + 100'004 * Duration(2s));
}

TEST_CASE("schedule: a phase stays what it is when others come and go") {
  Schedule schedule;
  schedule.add(3, 0ns, 5s, std::nullopt);
  const Time first = *schedule.next();
  for (CheckId id = 10; id < 1000; ++id) schedule.add(id, 1s, 5s, std::nullopt);
  for (CheckId id = 10; id < 1000; ++id) schedule.remove(id);
  CHECK(schedule.next() == first);
  CHECK_FALSE(schedule.take(first - 1ns).has_value());
  CHECK(schedule.take(first) == CheckId{3});
}

TEST_CASE("schedule: a warm-up brings the first round forward, spread over it") {
  Schedule schedule;
  for (CheckId id = 0; id < 1000; ++id) schedule.add(id, 100s, 24h, Duration(1s));
  Time last{};
  int count = 0;
  while (const auto id = schedule.take(101s)) {
    ++count;
    schedule.rest(*id, 101s);
  }
  CHECK(count == 1000);
  last = *schedule.next();
  CHECK(last > 101s);
  Schedule at_once;
  at_once.add(5, 100s, 24h, Duration(0s));
  CHECK(at_once.next() == Time(100s));
}

TEST_CASE("schedule: a retry comes out of turn, and the round after it in turn") {
  Schedule schedule;
  schedule.add(1, 0ns, 10s, std::nullopt);
  const Time first = *schedule.next();
  schedule.take(first);
  schedule.wake(1, first + 1s);
  CHECK(schedule.next() == first + 1s);
  CHECK(schedule.take(first + 1s) == CheckId{1});
  schedule.rest(1, first + 1s);
  CHECK(schedule.next() == first + 10s);
}

TEST_CASE("schedule: what was removed is never due, also under a number that is used again") {
  Schedule schedule;
  schedule.add(0, 0ns, 1s, std::nullopt);
  schedule.remove(0);
  CHECK_FALSE(schedule.next().has_value());
  schedule.add(0, 0ns, 1h, std::nullopt);
  int due = 0;
  for (Time now{}; now <= 2h; now += 1min) {
    while (const auto id = schedule.take(now)) {
      ++due;
      schedule.rest(*id, now);
    }
  }
  CHECK(due == 2);
}
