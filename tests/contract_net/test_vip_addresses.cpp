// VIPs with a lease in the running kernel.
#include <chrono>
#include <thread>

#include <doctest/doctest.h>

#include "contract_net/lab.hpp"
#include "drivers/link_monitor.hpp"
#include "drivers/vip_addresses.hpp"

namespace ballast::test {
namespace {

using namespace std::chrono_literals;

Vip vip(const std::string& prefix, const std::string& interface = "e0") {
  Vip result;
  const auto parsed = Prefix::parse(prefix);
  REQUIRE(parsed);
  result.key = {interface, *parsed};
  return result;
}

std::string address(const std::string& text) {
  return run("ip -d addr show to " + text);
}

std::string ipv6_routes() {
  return run("ip -6 route show dev e0");
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Waits for what the kernel does by itself.
template <class Condition>
bool soon(Condition condition, std::chrono::milliseconds timeout) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(10ms);
  }
  return true;
}

std::vector<int> zeroes(std::size_t count) {
  return std::vector<int>(count, 0);
}

}  // namespace

TEST_CASE("vip addresses: a lease ends by itself, a renewed one and a permanent one do not") {
  const Lab lab;
  VipAddresses addresses;
  std::vector ends{vip("192.0.2.100/24"), vip("2001:db8::100/64")};
  std::vector renewed{vip("192.0.2.101/24"), vip("2001:db8::101/64")};
  std::vector permanent{vip("192.0.2.102/24"), vip("2001:db8::102/64")};
  CHECK(addresses.add(ends, 1s) == zeroes(2));
  CHECK(addresses.add(renewed, 1s) == zeroes(2));
  CHECK(addresses.add(permanent, 1s) == zeroes(2));
  CHECK(contains(address("192.0.2.100"), "valid_lft 1sec preferred_lft 1sec"));
  CHECK(contains(address("2001:db8::100"), "nodad"));
  CHECK_FALSE(contains(address("2001:db8::100"), "tentative"));
  CHECK(addresses.make_permanent(permanent) == zeroes(2));
  CHECK(addresses.renew(renewed, 60s) == zeroes(2));
  const auto start = std::chrono::steady_clock::now();
  CHECK(soon([] { return address("192.0.2.100").empty() && address("2001:db8::100").empty(); }, 3s));
  const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
  MESSAGE("a lease of 1 s ended after ", time.count(), " ms");
  for (const char* stays : {"192.0.2.101", "2001:db8::101", "192.0.2.102", "2001:db8::102"}) {
    CHECK(contains(address(stays), stays));
  }
  CHECK(contains(address("192.0.2.102"), "valid_lft forever"));
  CHECK(contains(address("2001:db8::102"), "valid_lft forever preferred_lft 0sec"));
}

TEST_CASE("vip addresses: label, scope, metric and prefix survive renewals") {
  const Lab lab;
  VipAddresses addresses;
  std::vector vips{vip("198.51.100.7/25")};
  vips[0].value.label = "e0:7";
  vips[0].value.scope = Scope::link;
  vips[0].metric = 77;
  CHECK(addresses.add(vips, 30s) == zeroes(1));
  const auto same = [] {
    const std::string text = address("198.51.100.7");
    return contains(text, "inet 198.51.100.7/25 metric 77 scope link") && contains(text, "e0:7") &&
           contains(run("ip route show dev e0"), "198.51.100.0/25 proto kernel scope link src 198.51.100.7 metric 77");
  };
  CHECK(same());
  CHECK(addresses.renew(vips, 50s) == zeroes(1));
  CHECK(same());
  CHECK(contains(address("198.51.100.7"), "valid_lft 50sec preferred_lft 50sec"));
}

TEST_CASE("vip addresses: the node's own IPv6 subnet stays reachable when the lease ends") {
  const Lab lab;
  VipAddresses addresses;
  std::vector vips{vip("2001:db8::100/64"), vip("2001:db8:1::100/64")};
  CHECK(addresses.add(vips, 30s) == zeroes(2));
  CHECK(vips[0].shares_prefix);
  CHECK_FALSE(vips[1].shares_prefix);
  CHECK(addresses.renew(vips, 1s) == zeroes(2));
  CHECK(contains(ipv6_routes(), "2001:db8:1::/64 proto kernel metric 256 expires"));
  CHECK_FALSE(contains(ipv6_routes(), "2001:db8::/64 proto kernel metric 256 expires"));
  CHECK(soon([] { return address("2001:db8::100").empty() && address("2001:db8:1::100").empty(); }, 3s));
  CHECK(contains(ipv6_routes(), "2001:db8::/64 proto kernel metric 256"));
  CHECK(contains(run("ip route get 2001:db8::2"), "2001:db8::2 from :: dev e0"));
}

TEST_CASE("vip addresses: what was there before, or was added by hand, becomes ours") {
  const Lab lab;
  VipAddresses addresses;
  run("ip addr add 192.0.2.100/24 dev e0 && ip addr add 2001:db8::100/64 dev e0 nodad");
  std::vector vips{vip("192.0.2.100/24"), vip("2001:db8::100/64")};
  CHECK(addresses.add(vips, 40s) == zeroes(2));
  CHECK(contains(address("192.0.2.100"), "valid_lft 40sec"));
  CHECK(contains(address("2001:db8::100"), "valid_lft 40sec preferred_lft 0sec"));
}

TEST_CASE("vip addresses: all of a subnet go in one call, and what is gone is no error") {
  const Lab lab;
  VipAddresses addresses;
  std::vector vips{vip("198.51.100.1/24"), vip("198.51.100.2/24"), vip("198.51.100.3/24"), vip("2001:db8::100/64")};
  CHECK(addresses.add(vips, 30s) == zeroes(4));
  CHECK(addresses.remove(std::vector{vips[3]}) == zeroes(1));
  CHECK(addresses.remove(vips) == zeroes(4));
  CHECK(run("ip addr show to 198.51.100.0/24").empty());
  CHECK(contains(ipv6_routes(), "2001:db8::/64"));
  CHECK(addresses.remove(std::vector{vip("192.0.2.100/24", "nowhere")}) == zeroes(1));
}

TEST_CASE("vip addresses: none becomes the primary one of its subnet for the moment until it goes too") {
  const Lab lab;
  run("sysctl -q -w net.ipv4.conf.all.promote_secondaries=1");
  VipAddresses addresses;
  std::vector vips{vip("198.51.100.1/24"), vip("198.51.100.2/24"), vip("198.51.100.3/24")};
  CHECK(addresses.add(vips, 30s) == zeroes(3));
  auto monitor = LinkMonitor::open({false, receive_buffer_bytes});
  REQUIRE(monitor.has_value());
  CHECK(addresses.remove(vips) == zeroes(3));
  const auto events = monitor->read();
  int removed = 0;
  for (const NetworkEvent& event : *events) {
    const auto* address = std::get_if<AddressEvent>(&event);
    // The device's link-local address may just have passed its duplicate address detection.
    if (address == nullptr || !address->key.prefix.address.is_ipv4()) continue;
    CHECK_FALSE(address->added);
    ++removed;
  }
  CHECK(removed == 3);
}

TEST_CASE("vip addresses: each fails alone with its errno") {
  const Lab lab;
  VipAddresses addresses;
  std::vector vips{vip("192.0.2.100/24"), vip("192.0.2.101/24", "nowhere"), vip("192.0.2.102/24"),
                   vip("192.0.2.103/24")};
  vips[2].value.label = "a-label-of-more-than-15";
  const auto results = addresses.add(vips, 30s);
  CHECK(results[0] == 0);
  CHECK(results[1] == ENODEV);
  CHECK((results[2] == EINVAL || results[2] == ERANGE));
  CHECK(results[3] == 0);
  CHECK(contains(address("192.0.2.103"), "192.0.2.103"));
  CHECK(addresses.add(std::span<Vip>{}, 30s).empty());
  CHECK(addresses.remove({}).empty());
}

TEST_CASE("vip addresses: 1,000 of them") {
  const Lab lab;
  VipAddresses addresses;
  for (const bool is_ipv4 : {true, false}) {
    std::vector<Vip> vips;
    for (int i = 0; i < 1000; ++i) {
      vips.push_back(is_ipv4 ? vip("198.18." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1) + "/16")
                             : vip("2001:db8::1:" + std::to_string(i) + "/64"));
    }
    const auto measure = [&](const std::string& what, auto action) {
      const auto start = std::chrono::steady_clock::now();
      CHECK(action() == zeroes(1000));
      const auto time = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start);
      MESSAGE("1,000 ", std::string(is_ipv4 ? "IPv4" : "IPv6"), " VIPs: ", what, " in ", time.count(), " us");
    };
    measure("add", [&] { return addresses.add(vips, 30s); });
    measure("renew", [&] { return addresses.renew(vips, 30s); });
    measure("remove", [&] { return addresses.remove(vips); });
  }
}

}  // namespace ballast::test
