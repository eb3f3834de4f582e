// Attempts as such, at the simplest kind: outcomes, deadlines, cancellation, many at once.
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "drivers/probes/deadlines.hpp"
#include "probing.hpp"

namespace ballast::test {
namespace {

using namespace std::chrono_literals;

TcpCheck tcp(std::chrono::milliseconds timeout = 20s) {
  TcpCheck check;
  check.timeout.value = timeout;
  return check;
}

/// Nobody answers there: the kernel drops what goes to a listener whose queue is full.
class FullServer {
 public:
  FullServer() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    target = nobody_there();
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(target.port);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto* address = reinterpret_cast<const sockaddr*>(&name);
    REQUIRE(bind(listener_.get(), address, sizeof name) == 0);
    REQUIRE(listen(listener_.get(), 0) == 0);
    first_ = Descriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(connect(first_.get(), address, sizeof name) == 0);
  }
  ProbeTarget target;

 private:
  Descriptor listener_;
  Descriptor first_;
};

}  // namespace

TEST_CASE("probe tcp: a listener passes, and its program sees nothing of it") {
  Probing probing;
  ProbeServer server(hang);
  CHECK(text_of(probing.probe(server.target(), tcp())) == "passed: connected");
  ProbeServer server6(hang, "::1");
  CHECK(text_of(probing.probe(server6.target(), tcp())) == "passed: connected");
}

TEST_CASE("probe tcp: refused at once, and silence after the timeout") {
  Probing probing;
  CHECK(text_of(probing.probe(nobody_there(), tcp())) == "failed: connection refused");
  const FullServer full;
  CHECK(text_of(probing.probe(full.target, tcp(50ms))) == "failed: no connection within 50ms");
  CHECK(text_of(probing.probe(full.target, tcp(150ms))) == "failed: no connection within 150ms");
}

TEST_CASE("probe tcp: the source address is used, and one that is not ours fails with its name") {
  Probing probing;
  ProbeServer server([](int) {});
  ProbeTarget target = server.target();
  target.source = IpAddress::parse("127.0.0.9");
  CHECK(text_of(probing.probe(target, tcp())) == "passed: connected");
  target.source = IpAddress::parse("192.0.2.77");
  const ProbeOutcome outcome = probing.probe(target, tcp());
  CHECK(text_of(outcome) == "failed: cannot probe from 192.0.2.77: cannot assign requested address");
  CHECK(outcome.own_fault);  // a node without its address must not take out every member
}

TEST_CASE("probe tcp: a thousand at once, each with its outcome") {
  Probing probing;
  ProbeServer server(hang);
  const ProbeTarget refused = nobody_there();
  const auto kind = std::make_shared<const CheckKind>(tcp());
  int passed = 0;
  int failed = 0;
  for (int i = 0; i < 1000; ++i) {
    probing.prober->start(i % 2 == 0 ? server.target() : refused, kind,
                          [&](const ProbeOutcome& outcome) { ++(outcome.passed ? passed : failed); });
  }
  while (passed + failed < 1000) probing.loop.run_one();
  CHECK(passed == 500);
  CHECK(failed == 500);
  CHECK(kind.use_count() == 1);
}

TEST_CASE("probe tcp: what exceeds the limit waits its turn, and the timeout begins with the turn") {
  Probing probing;
  probing.prober.emplace(probing.loop, 20);
  const FullServer full;
  const auto kind = std::make_shared<const CheckKind>(tcp(40ms));
  int ended = 0;
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 60; ++i) {
    probing.prober->start(full.target, kind, [&](const ProbeOutcome& outcome) {
      CHECK(text_of(outcome) == "failed: no connection within 40ms");
      ++ended;
    });
  }
  while (ended < 60) probing.loop.run_one();
  CHECK(std::chrono::steady_clock::now() - begun >= 120ms);  // three turns
}

TEST_CASE("probe: an attempt that is under way ends with its prober, without a word") {
  Probing probing;
  const FullServer full;
  const auto kind = std::make_shared<const CheckKind>(tcp());
  bool told = false;
  probing.prober->start(full.target, kind, [&](const ProbeOutcome&) { told = true; });
  probing.prober->start(nobody_there(), kind, [&](const ProbeOutcome&) { told = true; });
  probing.prober.reset();
  CHECK(kind.use_count() == 1);
  probing.loop.run();
  CHECK_FALSE(told);
}

TEST_CASE("probe: the prober may go in the middle of its own report, and a report may begin the next attempt") {
  Probing probing;
  const ProbeTarget refused = nobody_there();
  const auto kind = std::make_shared<const CheckKind>(tcp());
  int told = 0;
  const Prober::Done go = [&](const ProbeOutcome&) {
    ++told;
    probing.prober.reset();
  };
  probing.prober->start(refused, kind, [&](const ProbeOutcome&) {
    ++told;
    probing.prober->start(refused, kind, go);
    probing.prober->start(refused, kind, go);
  });
  probing.loop.run();
  CHECK(told == 2);
}

TEST_CASE("deadlines: the earliest of all timeouts comes first, and what was removed never") {
  using Time = probes::Deadlines::Time;
  const Time start{};
  probes::Deadlines deadlines;
  CHECK_FALSE(deadlines.next().has_value());
  deadlines.add(7, start, 5s);
  deadlines.add(3, start + 1s, 1s);
  deadlines.add(4, start + 2s, 1s);
  CHECK(*deadlines.next() == start + 2s);
  CHECK_FALSE(deadlines.take_due(start + 1999ms).has_value());
  deadlines.remove(3);
  deadlines.remove(3);
  deadlines.remove(1000);
  CHECK(*deadlines.next() == start + 3s);
  CHECK(*deadlines.take_due(start + 9s) == 4);
  CHECK(*deadlines.take_due(start + 9s) == 7);
  CHECK_FALSE(deadlines.take_due(start + 9s).has_value());
  deadlines.add(3, start + 9s, 1s);
  CHECK(*deadlines.take_due(start + 10s) == 3);
}

}  // namespace ballast::test
