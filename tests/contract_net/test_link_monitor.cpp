// What the monitor tells about devices and addresses.
#include <algorithm>

#include <doctest/doctest.h>
#include <net/if.h>

#include "contract_net/lab.hpp"
#include "drivers/link_monitor.hpp"
#include "drivers/vip_addresses.hpp"

namespace ballast::test {
namespace {

using namespace std::chrono_literals;

LinkMonitor open(const LinkMonitor::Options& options = {}) {
  auto monitor = LinkMonitor::open(options);
  REQUIRE(monitor.has_value());
  return std::move(*monitor);
}

std::vector<NetworkEvent> read(LinkMonitor& monitor) {
  auto events = monitor.read();
  REQUIRE(events.has_value());
  return std::move(*events);
}

/// Reads until there is an event of this type that fits.
template <class Event, class Fits>
bool sees(LinkMonitor& monitor, Fits fits) {
  while (readable(monitor.descriptor(), 2s)) {
    for (const NetworkEvent& event : read(monitor)) {
      const auto* one = std::get_if<Event>(&event);
      if (one != nullptr && fits(*one)) return true;
    }
  }
  return false;
}

bool sees_link(LinkMonitor& monitor, const std::string& name, bool up, bool gone = false) {
  return sees<LinkEvent>(
      monitor, [&](const LinkEvent& link) { return link.name == name && link.up == up && link.gone == gone; });
}

/// Devices may always have something to tell, and their link-local addresses settle when they like.
std::size_t addresses_in(const std::vector<NetworkEvent>& events) {
  return static_cast<std::size_t>(std::count_if(events.begin(), events.end(), [](const NetworkEvent& event) {
    const auto* address = std::get_if<AddressEvent>(&event);
    return address != nullptr && address->scope == Scope::global;
  }));
}

std::vector<Vip> one_vip(const std::string& prefix) {
  Vip vip;
  vip.key = {"e0", *Prefix::parse(prefix)};
  return {vip};
}

}  // namespace

TEST_CASE("link monitor: a look shows devices and addresses") {
  const Lab lab;
  VipAddresses addresses;
  auto vips = one_vip("192.0.2.100/24");
  CHECK(addresses.add(vips, 30s) == std::vector{0});
  auto monitor = open();
  const auto view = monitor.look();
  REQUIRE(view.has_value());
  const auto e0 =
      std::find_if(view->links.begin(), view->links.end(), [](const auto& link) { return link.name == "e0"; });
  REQUIRE(e0 != view->links.end());
  CHECK(e0->up);
  CHECK(e0->mac.text() == "02:00:00:00:00:01");
  const auto find = [&](const std::string& text) {
    return std::find_if(view->addresses.begin(), view->addresses.end(),
                        [&](const auto& address) { return address.key.text() == text; });
  };
  const auto own = find("192.0.2.1/24 on e0");
  REQUIRE(own != view->addresses.end());
  CHECK_FALSE(own->own());
  CHECK_FALSE(own->finite);
  CHECK_FALSE(own->secondary);
  CHECK(own->label.empty());
  const auto vip = find("192.0.2.100/24 on e0");
  REQUIRE(vip != view->addresses.end());
  CHECK(vip->own());
  CHECK(vip->finite);
  CHECK(vip->secondary);
  CHECK(find("2001:db8::1/64 on e0") != view->addresses.end());
  CHECK(find("fe80::1/64 on e0")->scope == Scope::link);
}

TEST_CASE("link monitor: a lost carrier, a device set down, renamed and deleted") {
  const Lab lab;
  auto monitor = open();
  REQUIRE(monitor.look().has_value());
  lab.right();
  run("ip link set e0 down");
  CHECK(sees_link(monitor, "e0", false));
  run("ip link set e0 up");
  CHECK(sees_link(monitor, "e0", true));
  lab.left();
  run("ip link set e0 down");
  CHECK(sees_link(monitor, "e0", false));
  run("ip link set e0 name e5");
  CHECK(sees_link(monitor, "e0", false, true));
  run("ip link set e5 up");
  CHECK(sees_link(monitor, "e5", true));
  run("ip link del e5");
  CHECK(sees_link(monitor, "e5", false, true));
  run("ip link add e0 type veth peer name e1");
  CHECK(sees_link(monitor, "e0", false));
}

TEST_CASE("link monitor: a port that leaves a bridge is not a deleted device") {
  const Lab lab;
  run("ip link add p0 type veth peer name p1 && ip link add b0 type bridge && ip link set b0 up && ip link set p0 up");
  auto monitor = open();
  REQUIRE(monitor.look().has_value());
  run("ip link set p0 master b0 && ip link set p0 nomaster && ip link set p0 alias end");
  bool gone = false;
  CHECK(readable(monitor.descriptor()));
  for (const NetworkEvent& event : read(monitor)) {
    const auto* link = std::get_if<LinkEvent>(&event);
    if (link != nullptr && link->gone) gone = true;
  }
  CHECK_FALSE(gone);
}

TEST_CASE("link monitor: addresses by hand are told, our additions and renewals are not, their removal is") {
  const Lab lab;
  auto monitor = open();
  REQUIRE(monitor.look().has_value());
  VipAddresses addresses;
  for (const char* prefix : {"192.0.2.100/24", "2001:db8::100/64"}) {
    auto vips = one_vip(prefix);
    CHECK(addresses.add(vips, 30s) == std::vector{0});
    CHECK(addresses.renew(vips, 30s) == std::vector{0});
    CHECK(addresses_in(read(monitor)) == 0);
    run(std::string("ip addr del dev e0 ") + prefix);
    CHECK(sees<AddressEvent>(monitor, [&](const AddressEvent& event) {
      return !event.added && event.own() && event.key.text() == std::string(prefix) + " on e0";
    }));
    run(std::string("ip addr add dev e0 nodad ") + prefix);
    CHECK(sees<AddressEvent>(monitor, [&](const AddressEvent& event) {
      return event.added && !event.own() && !event.finite && event.key.text() == std::string(prefix) + " on e0";
    }));
  }
}

TEST_CASE("link monitor: where nothing is hidden, our own additions come marked") {
  const Lab lab;
  auto monitor = open({false, receive_buffer_bytes});
  REQUIRE(monitor.look().has_value());
  VipAddresses addresses;
  auto vips = one_vip("192.0.2.100/24");
  CHECK(addresses.add(vips, 30s) == std::vector{0});
  CHECK(sees<AddressEvent>(monitor,
                           [](const AddressEvent& event) { return event.added && event.own() && event.finite; }));
}

TEST_CASE("link monitor: lost messages are told, and a look begins anew") {
  const Lab lab;
  auto monitor = open({false, 4096});
  REQUIRE(monitor.look().has_value());
  VipAddresses addresses;
  auto vips = one_vip("192.0.2.100/24");
  for (int i = 0; i < 500; ++i) addresses.renew(vips, 30s);
  const auto events = read(monitor);
  CHECK(std::any_of(events.begin(), events.end(),
                    [](const NetworkEvent& event) { return std::holds_alternative<Overrun>(event); }));
  CHECK(monitor.overruns() == 1);
  addresses.renew(vips, 30s);
  const auto view = monitor.look();
  REQUIRE(view.has_value());
  CHECK(addresses_in(read(monitor)) == 0);
  CHECK(std::any_of(view->addresses.begin(), view->addresses.end(), [](const auto& address) { return address.own(); }));
}

}  // namespace ballast::test
