// What the network's own errors mean for probes that send datagrams, and for a process that may not ping.
#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "contract_net/lab.hpp"
#include "drivers/probes/prober.hpp"
#include "drivers/route.hpp"

namespace ballast::test {
namespace {

/// A busy machine never reaches it.
const Timeout patience{std::chrono::seconds{60}, {}};

std::string outcome_of(const std::string& address, std::uint16_t port, CheckKind kind) {
  boost::asio::io_context loop{1};
  Prober prober(loop);
  std::string text;
  prober.start({ip(address), port, std::nullopt, 0}, std::make_shared<const CheckKind>(std::move(kind)),
               [&](const ProbeOutcome& outcome) {
                 text = (outcome.passed ? "passed: " : "failed: ") + outcome.text +
                        (outcome.own_fault ? " (own fault)" : "");
               });
  while (text.empty()) loop.run_one();
  return text;
}

/// In this thread only, and for the time of its life.
class WithoutRawSockets {
 public:
  WithoutRawSockets() {
    REQUIRE(syscall(SYS_capget, &header_, before_) == 0);
    __user_cap_data_struct less[2] = {before_[0], before_[1]};
    less[0].effective &= ~(1U << CAP_NET_RAW);
    REQUIRE(syscall(SYS_capset, &header_, less) == 0);
  }
  ~WithoutRawSockets() { syscall(SYS_capset, &header_, before_); }
  WithoutRawSockets(const WithoutRawSockets&) = delete;
  WithoutRawSockets& operator=(const WithoutRawSockets&) = delete;

 private:
  __user_cap_header_struct header_{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct before_[2] = {};
};

}  // namespace

TEST_CASE("probes: what a router says of a datagram's way ends dns and udp at once") {
  const Lab lab;
  run("ip route add 198.51.100.0/24 via 192.0.2.2 && ip route add 2001:db8:1::/64 via 2001:db8::2");
  lab.right();
  run("sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.icmp_ratelimit=0 "
      "net.ipv6.icmp.ratelimit=0");
  run("ip route add unreachable 198.51.100.1 && ip route add prohibit 198.51.100.2");
  run("ip route add unreachable 2001:db8:1::1 && ip route add prohibit 2001:db8:1::2");
  lab.left();
  const UdpCheck silent{patience, "ping", std::nullopt, {}};
  const UdpCheck answered{patience, "ping", "pong", {}};
  DnsCheck dns;
  dns.timeout = patience;
  for (const CheckKind& kind : {CheckKind(silent), CheckKind(answered), CheckKind(dns)}) {
    CAPTURE(word_of(kind));
    CHECK(outcome_of("198.51.100.1", 53, kind) == "failed: no route to host");
    CHECK(outcome_of("198.51.100.2", 53, kind) == "failed: no route to host");
    CHECK(outcome_of("2001:db8:1::1", 53, kind) == "failed: network is unreachable");
    CHECK(outcome_of("2001:db8:1::2", 53, kind) == "failed: permission denied");
  }
  CHECK(outcome_of("198.51.100.1", 0, PingCheck{patience}) == "failed: no route to host");
}

TEST_CASE("probes: a neighbour that is gone fails by ARP and by neighbour discovery, where the time suffices") {
  const Lab lab;
  const UdpCheck silent{patience, "ping", std::nullopt, {}};
  CHECK(outcome_of("192.0.2.77", 53, silent) == "failed: no route to host");
  CHECK(outcome_of("2001:db8::77", 53, silent) == "failed: no route to host");
}

TEST_CASE("probes: that this process may not ping says nothing of the server") {
  const Lab lab;
  run("sysctl -q -w net.ipv4.ping_group_range='1 0'");
  CHECK(outcome_of("192.0.2.2", 0, PingCheck{patience}).starts_with("passed: echo reply after "));
  const WithoutRawSockets without;
  for (const std::string address : {"192.0.2.2", "2001:db8::2"}) {
    CHECK(outcome_of(address, 0, PingCheck{patience}) ==
          "failed: this process may not ping (CAP_NET_RAW, net.ipv4.ping_group_range) (own fault)");
  }
}

TEST_CASE("route: the address that this node would send from, towards neighbours, others, and nobody") {
  const Lab lab;
  const auto source = [](const std::string& destination) {
    const auto found = source_towards(ip(destination));
    return found ? found->text() : "none";
  };
  CHECK(source("192.0.2.2") == "192.0.2.1");
  CHECK(source("2001:db8::2") == "2001:db8::1");
  CHECK(source("127.0.0.1") == "127.0.0.1");
  CHECK(source("::1") == "::1");
  CHECK(source("198.51.100.1") == "none");
  CHECK(source("2001:db8:1::1") == "none");
  run("ip addr add 192.0.2.100/32 dev e0");
  CHECK(source("192.0.2.2") == "192.0.2.1");
  run("ip route add 198.51.100.0/24 via 192.0.2.2 src 192.0.2.100");
  CHECK(source("198.51.100.1") == "192.0.2.100");
}

}  // namespace ballast::test
