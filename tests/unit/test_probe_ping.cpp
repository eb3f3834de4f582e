// Echo requests and replies as bytes, and echoes of this machine's own loopback.
#include <algorithm>

#include "drivers/probes/icmp_echo.hpp"
#include "probe_servers.hpp"

using namespace ballast;
using namespace ballast::probes;
using namespace ballast::test;

namespace {

using Bytes = std::vector<std::uint8_t>;

EchoRequest request_of(Family family) {
  return {family, 0x1234, 7, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};
}

/// The request as the other side sends it back.
Bytes reply_to(const EchoRequest& request) {
  Bytes reply = make_echo_request(request);
  reply[0] = request.family == Family::ipv4 ? 0 : 129;
  reply[2] = reply[3] = 0;
  if (request.family == Family::ipv4) {
    const std::uint16_t sum = internet_checksum(reply);
    reply[2] = static_cast<std::uint8_t>(sum >> 8);
    reply[3] = static_cast<std::uint8_t>(sum);
  }
  return reply;
}

/// Whether this process may ping at all.
bool may_ping() {
  return Descriptor(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP)).valid() ||
         Descriptor(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP)).valid();
}

std::string outcome_of(const char* address, std::chrono::milliseconds timeout = patience) {
  return outcome_text({*IpAddress::parse(address), 0, std::nullopt, 0}, PingCheck{Timeout{timeout, {}}});
}

}  // namespace

TEST_CASE("ping: the checksum of RFC 1071, also of an odd number of bytes") {
  CHECK(internet_checksum(Bytes{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}) == 0x220d);
  CHECK(internet_checksum(Bytes{0x01}) == 0xfeff);
  CHECK(internet_checksum(Bytes{}) == 0xffff);
  CHECK(internet_checksum(make_echo_request(request_of(Family::ipv4))) == 0);
}

TEST_CASE("ping: only the reply to this very request is one") {
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const EchoRequest request = request_of(family);
    CHECK(is_echo_reply(request, reply_to(request), false));
    CHECK_FALSE(is_echo_reply(request, make_echo_request(request), true));
    EchoRequest other = request;
    other.id ^= 1;
    CHECK_FALSE(is_echo_reply(request, reply_to(other), false));
    CHECK(is_echo_reply(request, reply_to(other), true));
    other = request;
    ++other.sequence;
    CHECK_FALSE(is_echo_reply(request, reply_to(other), true));
    other = request;
    other.cookie[15] ^= 1;
    CHECK_FALSE(is_echo_reply(request, reply_to(other), true));
    Bytes cut = reply_to(request);
    cut.pop_back();
    CHECK_FALSE(is_echo_reply(request, cut, true));
    CHECK_FALSE(is_echo_reply(request, {}, true));
  }
  Bytes garbled = reply_to(request_of(Family::ipv4));
  garbled[2] ^= 1;
  CHECK_FALSE(is_echo_reply(request_of(Family::ipv4), garbled, true));
}

TEST_CASE("ping: what is behind an IPv4 header, whatever the header claims") {
  Bytes packet(24 + 4, 0);
  packet[0] = 0x46;
  packet[9] = 1;
  packet[24] = 77;
  REQUIRE(behind_ipv4_header(packet).size() == 4);
  CHECK(behind_ipv4_header(packet)[0] == 77);
  for (const int first : {0x44, 0x4f, 0x66, 0x00}) {
    packet[0] = static_cast<std::uint8_t>(first);
    CHECK(behind_ipv4_header(packet).empty());
  }
  CHECK(behind_ipv4_header(Bytes(19, 0x45)).empty());
}

TEST_CASE("ping: the loopback answers, over IPv4 and IPv6, and every one of many at once") {
  if (!may_ping()) {
    MESSAGE("may not ping");
    return;
  }
  CHECK(outcome_of("127.0.0.1").starts_with("passed: echo reply after "));
  CHECK(outcome_of("::1").starts_with("passed: echo reply after "));

  Probing probing;
  const auto kind = std::make_shared<const CheckKind>(PingCheck{Timeout{patience, {}}});
  int passed = 0, ended = 0;
  constexpr int count = 50;
  for (int number = 0; number < count; ++number) {
    const std::uint8_t address[] = {127, 0, 1, static_cast<std::uint8_t>(number)};
    probing.prober->start({IpAddress::from_bytes(Family::ipv4, address), 0, std::nullopt, 0}, kind,
                          [&](ProbeOutcome outcome) {
                            passed += outcome.passed ? 1 : 0;
                            ++ended;
                          });
  }
  while (ended < count) probing.loop.run_one();
  CHECK(passed == count);
}
