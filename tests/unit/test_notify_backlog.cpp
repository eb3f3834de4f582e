// What waits to be told, when it is told, and that the state that holds is always told.
#include <doctest/doctest.h>

#include "controller/notify/outbox.hpp"

using namespace ballast;
using namespace ballast::notify;
using What = Event::What;
using namespace std::chrono_literals;

namespace {

EventPtr event(What what, const std::string& member, const std::string& name = "web") {
  Event made;
  made.what = what;
  made.name = name;
  made.member = member;
  if (what == What::role_changed) made.role = "MASTER";
  return std::make_shared<const Event>(std::move(made));
}
EventPtr up(const std::string& member) {
  return event(What::member_up, member);
}
EventPtr down(const std::string& member) {
  return event(What::member_down, member);
}

std::vector<std::string> texts(const Digest& digest) {
  std::vector<std::string> lines;
  for (const EventPtr& each : digest.shown) lines.push_back(each->text());
  return lines;
}
using Lines = std::vector<std::string>;

constexpr Pace pace{200ms, 1s, 8s, 3};
const Time start{100s};

struct Sent {
  Outbox outbox{pace};
  /// What is sent at that time and delivered at once; empty: nothing.
  Lines at(Duration after) {
    const auto message = outbox.take(start + after);
    if (message == nullptr) return {};
    CHECK(outbox.finish(Delivered::yes, start + after) == 0);
    return texts(message->digest);
  }
  void add(EventPtr told, Duration after) { outbox.add(std::move(told), start + after); }
};

}  // namespace

TEST_CASE("notify backlog: a flood of 10,000 events is one message that counts them and shows the first") {
  Backlog backlog(50);
  for (int number = 0; number < 9'999; ++number) backlog.add(down("m" + std::to_string(number)));
  backlog.add(event(What::quorum_lost, ""));
  const Digest digest = backlog.take_all(50);
  CHECK(digest.headline->text() == "web has lost its quorum");
  REQUIRE(digest.shown.size() == 50);
  CHECK(digest.shown.front()->text() == "web m0 is down");
  CHECK(digest.shown[48]->text() == "web m48 is down");
  CHECK(digest.shown.back()->text() == "web has lost its quorum");
  CHECK(digest.rest[static_cast<std::size_t>(What::member_down)] == 9'950);
  CHECK(digest.more() == 9'999);
  CHECK(backlog.empty());
}

TEST_CASE("notify backlog: of what flaps, the newest state of each is told") {
  Backlog backlog(3);
  for (int round = 0; round < 1'000; ++round) {
    for (const char* member : {"a", "b"}) {
      backlog.add(down(member));
      backlog.add(up(member));
    }
  }
  backlog.add(down("b"));
  CHECK(backlog.size() <= 4);
  const Digest digest = backlog.take_all(10);
  CHECK(digest.shown.back()->text() == "web b is down");
  CHECK(digest.shown[digest.shown.size() - 2]->text() == "web a is up");
  CHECK(digest.more() == 4'000);
}

TEST_CASE("notify backlog: is bounded, and the oldest make room") {
  Backlog backlog(10);
  for (std::size_t number = 0; number < Backlog::most_waiting + 5; ++number) backlog.add(down(std::to_string(number)));
  CHECK(backlog.size() == Backlog::most_waiting);
  std::size_t folded = 0;
  CHECK(backlog.take_oldest(folded)->member == "5");
  CHECK(folded == 5);
  backlog.add(up("6"));  // whose older one still waits
  CHECK(backlog.take_oldest(folded)->member == "7");
  CHECK(folded == 1);
}

TEST_CASE("notify backlog: one by one in order, for a script") {
  Backlog backlog(10);
  for (const auto& each : {down("a"), up("a"), down("a")}) backlog.add(each);
  std::size_t folded = 0;
  CHECK(backlog.take_oldest(folded)->text() == "web a is down");
  CHECK(backlog.take_oldest(folded)->text() == "web a is up");
  CHECK(backlog.take_oldest(folded)->text() == "web a is down");
  CHECK(backlog.empty());
  CHECK(folded == 0);
}

TEST_CASE("notify outbox: what happens together is one message") {
  Sent sent;
  sent.add(down("a"), 0ms);
  sent.add(down("b"), 100ms);
  CHECK(sent.at(199ms) == Lines{});
  CHECK(sent.outbox.next_wake() == start + 200ms);
  CHECK(sent.at(200ms) == Lines{"web a is down", "web b is down"});
  CHECK(sent.outbox.next_wake() == std::nullopt);
}

TEST_CASE("notify outbox: messages keep their distance, which grows while events go on and shrinks in quiet") {
  Sent sent;
  std::vector<long> sent_at;
  for (auto now = 0ms; now < 40s; now += 100ms) {
    sent.add(now % 200ms == 0ms ? down("a") : up("a"), now);
    if (!sent.at(now).empty()) sent_at.push_back(now / 100ms);
  }
  CHECK(sent_at == std::vector<long>{2, 12, 32, 72, 152, 232, 312, 392});
  const Lines rest = sent.at(50s);  // what the last one left
  REQUIRE_FALSE(rest.empty());
  CHECK(rest.back() == "web a is up");  // the state that holds
  sent.add(down("a"), 100s);
  CHECK(sent.at(100s + 200ms) == Lines{"web a is down"});
  sent.add(up("a"), 100s + 300ms);
  CHECK(sent.at(101s + 100ms) == Lines{});
  CHECK(sent.at(101s + 200ms) == Lines{"web a is up"});
}

TEST_CASE("notify outbox: what is not delivered is tried again as it was, with backoff, and then counted as lost") {
  Outbox outbox(pace);
  outbox.add(down("a"), start);
  Time now = start + 200ms;
  for (const auto wait : {1s, 2s, 4s, 8s}) {
    const auto message = outbox.take(now);
    REQUIRE(message != nullptr);
    CHECK(texts(message->digest) == Lines{"web a is down"});
    CHECK(message->number == 1);
    CHECK(outbox.take(now) == nullptr);
    outbox.add(up("a"), now);
    CHECK(outbox.finish(Delivered::not_now, now) == 0);
    CHECK(outbox.next_wake() == now + wait);
    now += wait;
  }
  REQUIRE(outbox.take(now) != nullptr);
  CHECK(outbox.finish(Delivered::not_now, now) == 1);
  now = *outbox.next_wake();
  const auto next = outbox.take(now);
  CHECK(next->number == 2);
  CHECK(next->digest.lost == 1);
  CHECK(next->digest.headline->text() == "web a is up");
  CHECK(outbox.finish(Delivered::never, now) == 4);  // refused for good: no further attempt
  CHECK(outbox.idle());
}

TEST_CASE("notify outbox: at the end everything is due at once, and tried once") {
  Outbox outbox(pace);
  outbox.add(down("a"), start);
  outbox.hurry(start);
  REQUIRE(outbox.take(start) != nullptr);
  outbox.add(up("a"), start);
  CHECK(outbox.size() == 2);
  CHECK(outbox.finish(Delivered::not_now, start) == 1);
  const auto last = outbox.take(start);
  REQUIRE(last != nullptr);
  CHECK(texts(last->digest) == Lines{"web a is up"});
  CHECK(outbox.finish(Delivered::yes, start) == 0);
  CHECK(outbox.idle());
}
