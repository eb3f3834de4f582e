// What passes as an answer to a datagram, and that ICMP errors fail at once.
#include "probe_servers.hpp"

using namespace ballast;
using namespace ballast::test;

namespace {

UdpCheck check_of(std::optional<std::string> reply, std::chrono::milliseconds timeout) {
  return {Timeout{timeout, {}}, "ping", std::move(reply), {}};
}

/// Sends back what came.
UdpServer echo() {
  return UdpServer([](const std::string& question, int) { return question; });
}

}  // namespace

TEST_CASE("udp: an answer must begin as wanted; where anything is wanted, an empty one will do") {
  const UdpServer server = echo();
  CHECK(outcome_text(server.target(), check_of("pi", patience)) == "passed: 4 bytes answered");
  CHECK(outcome_text(server.target(), check_of("", patience)) == "passed: 4 bytes answered");
  CHECK(outcome_text(server.target(), check_of("ping?", patience)) == "failed: wrong answer: ping");
  const UdpServer empty([](const std::string&, int) { return std::string(); });
  CHECK(outcome_text(empty.target(), check_of("", patience)) == "passed: 0 bytes answered");
  CHECK(outcome_text(empty.target(), check_of("x", patience)) == "failed: wrong answer: ");
}

TEST_CASE("udp: a wrong answer is shown as far as it is printable") {
  const UdpServer server([](const std::string&, int) { return "no\n\x1b[2J" + std::string(60'000, 'x'); });
  CHECK(outcome_text(server.target(), check_of("yes", patience)) ==
        "failed: wrong answer: no??[2J" + std::string(113, 'x') + "...");
}

TEST_CASE("udp: silence passes only where no answer is wanted") {
  const UdpServer server([](const std::string&, int) { return std::nullopt; });
  CHECK(outcome_text(server.target(), check_of(std::nullopt, impatience)) == "passed: no ICMP error within 200ms");
  CHECK(outcome_text(server.target(), check_of("", impatience)) == "failed: no answer within 200ms");
}

TEST_CASE("udp: a closed port fails, whether or not an answer is wanted") {
  const std::uint16_t closed = UdpPort().port;
  CHECK(outcome_text(local(closed), check_of(std::nullopt, patience)) == "failed: connection refused");
  CHECK(outcome_text(local(closed), check_of("", patience)) == "failed: connection refused");
}

TEST_CASE("udp: probes come from the source address") {
  const UdpServer server = echo();
  ProbeTarget target = server.target();
  target.source = *IpAddress::parse("127.0.0.9");
  CHECK(outcome_text(target, check_of("ping", patience)) == "passed: 4 bytes answered");
  target.source = *IpAddress::parse("192.0.2.77");
  CHECK(outcome_text(target, check_of("ping", patience)) ==
        "failed: cannot probe from 192.0.2.77: cannot assign requested address (own fault)");
}
