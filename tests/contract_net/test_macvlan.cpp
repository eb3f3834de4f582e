// Virtual MACs between two nodes that both have the device, as MASTER and BACKUP do.
#include <doctest/doctest.h>
#include <net/ethernet.h>
#include <net/if.h>

#include "contract_net/lab.hpp"
#include "drivers/macvlan.hpp"
#include "drivers/sysctls.hpp"
#include "drivers/vip_addresses.hpp"
#include "drivers/vrrp_socket.hpp"

namespace ballast::test {
namespace {

using namespace std::chrono_literals;

const VirtualMac ipv4_41{"vrrp.41", "e0", Family::ipv4, 41};
const VirtualMac ipv6_41{"vrrp6.41", "e0", Family::ipv6, 41};

VirtualMacDevice create(const VirtualMac& wanted) {
  ProcSysctls sysctls;
  MacvlanDevices devices(sysctls);
  auto device = devices.create(wanted);
  INFO((device.has_error() ? device.error().text : ""));
  REQUIRE(device.has_value());
  return *device;
}

std::string sysctl(const std::string& name) {
  return run("sysctl -n " + name);
}

VrrpSocket open(const std::string& interface, const std::string& source) {
  VrrpSocketOptions options;
  options.interface = interface;
  options.source = ip(source);
  options.family = options.source.family();
  auto socket = VrrpSocket::open(options);
  REQUIRE(socket.has_value());
  return std::move(*socket);
}

bool contains(const std::string& text, const std::string& part) {
  CAPTURE(text);
  CAPTURE(part);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("virtual MAC: made once, kept by a second call, removed, and the parent is as before") {
  const Lab lab;
  ProcSysctls sysctls;
  MacvlanDevices devices(sysctls);
  run("sysctl -q -w net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.e0.rp_filter=2");
  const auto parent_parameters = [] {
    return sysctl(
        "net.ipv4.conf.e0.arp_ignore net.ipv4.conf.e0.arp_announce net.ipv4.conf.e0.rp_filter "
        "net.ipv4.conf.all.rp_filter net.ipv4.conf.default.rp_filter");
  };
  const auto device = create(ipv4_41);
  CHECK(device.index == static_cast<int>(if_nametoindex("vrrp.41")));
  const std::string shown = run("ip -d link show vrrp.41");
  CHECK(contains(shown, "vrrp.41@e0: <BROADCAST,MULTICAST,UP,LOWER_UP>"));
  CHECK(contains(shown, "link/ether 00:00:5e:00:01:29"));
  CHECK(contains(shown, "macvlan mode private"));
  CHECK(sysctl("net.ipv4.conf.vrrp/41.arp_ignore net.ipv4.conf.vrrp/41.accept_local net.ipv4.conf.vrrp/41.rp_filter "
               "net.ipv6.conf.vrrp/41.disable_ipv6") == "1\n1\n0\n1\n");
  CHECK(parent_parameters() == "1\n2\n2\n0\n1\n");

  const auto again = create(ipv4_41);
  CHECK(again.index == device.index);
  CHECK(again.changes.empty());

  CHECK(devices.remove(ipv4_41).has_value());
  CHECK(if_nametoindex("vrrp.41") == 0);
  CHECK(devices.remove(ipv4_41).has_value());
  devices.restore(device.changes);
  CHECK(parent_parameters() == "0\n0\n2\n1\n0\n");
}

TEST_CASE("virtual MAC: IPv6 has its own, without addresses of its own making") {
  const Lab lab;
  create(ipv6_41);
  const std::string shown = run("ip addr show vrrp6.41");
  CHECK(contains(shown, "link/ether 00:00:5e:00:02:29"));
  CHECK_FALSE(shown.find("inet6") != std::string::npos);
}

TEST_CASE("virtual MAC: foreign devices are left alone, and the text says what is wrong") {
  const Lab lab;
  ProcSysctls sysctls;
  MacvlanDevices devices(sysctls);
  run("ip link add vrrp.41 type bridge");
  auto refused = devices.create(ipv4_41);
  REQUIRE(refused.has_error());
  CHECK(refused.error().errnum == EEXIST);
  CHECK(refused.error().text == "virtual MAC device vrrp.41 on e0: a device of this name is there and is no macvlan");
  CHECK(devices.remove(ipv4_41).error().errnum == EEXIST);
  run("ip link del vrrp.41 && ip link add vrrp.41 link e0 type macvlan mode private");
  CHECK(devices.remove(ipv4_41).error().errnum == EEXIST);
  CHECK(if_nametoindex("vrrp.41") != 0);
  run("ip link del vrrp.41");

  VirtualMac wanted = ipv4_41;
  wanted.parent = "nowhere";
  CHECK(devices.create(wanted).error().text == "virtual MAC device vrrp.41 on nowhere: there is no nowhere");
  wanted = ipv4_41;
  wanted.name = "a-name-that-is-too-long";
  CHECK(devices.create(wanted).error().errnum == EINVAL);
  wanted = ipv4_41;
  wanted.parent = "lo";
  CHECK(devices.create(wanted).has_error());
  run("ip link add other link e0 address 00:00:5e:00:01:29 type macvlan mode private && ip link set other up");
  const auto twice = devices.create(ipv4_41);
  REQUIRE(twice.has_error());
  CHECK(twice.error().errnum == EBUSY);
  CHECK(if_nametoindex("vrrp.41") == 0);
  CHECK(sysctl("net.ipv4.conf.e0.arp_ignore") == "0\n");
}

TEST_CASE("virtual MAC: a BACKUP with the same device hears the MASTER there, with either family") {
  const Lab lab;
  for (const bool is_ipv4 : {true, false}) {
    const VirtualMac& wanted = is_ipv4 ? ipv4_41 : ipv6_41;
    lab.left();
    create(wanted);
    auto master = open(wanted.name, is_ipv4 ? "192.0.2.1" : "fe80::1");
    lab.right();
    run("sysctl -q -w net.ipv4.conf.all.rp_filter=1");
    create(wanted);
    Sniffer sniffer("e0");
    auto backup = open(wanted.name, is_ipv4 ? "192.0.2.2" : "fe80::2");
    const std::vector<std::uint8_t> advert{0x31, 41, 100, 0};
    REQUIRE(master.send(advert, master.group()).has_value());
    REQUIRE(readable(backup.descriptor()));
    const auto datagrams = backup.receive();
    REQUIRE(datagrams->size() == 1);
    CHECK(datagrams->front().source == ip(is_ipv4 ? "192.0.2.1" : "fe80::1"));
    CHECK(datagrams->front().payload == advert);
    for (;;) {
      const auto frame = sniffer.next(is_ipv4 ? ETH_P_IP : ETH_P_IPV6);
      REQUIRE_FALSE(frame.empty());
      if (frame[is_ipv4 ? 23 : 20] != 112) continue;
      CHECK(contains(explain(frame),
                     is_ipv4 ? "00:00:5e:00:01:29 > 01:00:5e:00:00:12" : "00:00:5e:00:02:29 > 33:33:00:00:00:12"));
      break;
    }
  }
}

TEST_CASE("virtual MAC: a BACKUP with the device hears a MASTER without, whose frames carry its own MAC") {
  const Lab lab;
  auto master = open("e0", "192.0.2.1");
  lab.right();
  create(ipv4_41);
  auto backup = open("vrrp.41", "192.0.2.2");
  REQUIRE(master.send(std::vector<std::uint8_t>{1, 2, 3, 4}, master.group()).has_value());
  CHECK(readable(backup.descriptor()));
}

TEST_CASE("virtual MAC: the VIP is learnt with the virtual MAC and the node's address with the node's") {
  const Lab lab;
  create(ipv4_41);
  create(ipv6_41);
  VipAddresses addresses;
  std::vector<Vip> vips(2);
  vips[0].key = {"vrrp.41", *Prefix::parse("192.0.2.100/24")};
  vips[1].key = {"vrrp6.41", *Prefix::parse("2001:db8::100/64")};
  CHECK(addresses.add(vips, 30s) == std::vector{0, 0});
  lab.right();
  // Anything that makes this node ask for the addresses.
  for (const char* target : {"192.0.2.100", "192.0.2.1", "2001:db8::100", "2001:db8::1"}) {
    run(std::string("curl -s -m 2 -o /dev/null http://") +
        (ip(target).is_ipv4() ? target : "[" + std::string(target) + "]") + ":9/; true");
  }
  CHECK(contains(run("ip neigh show 192.0.2.100"), "lladdr 00:00:5e:00:01:29"));
  CHECK(contains(run("ip neigh show 192.0.2.1"), "lladdr 02:00:00:00:00:01"));
  CHECK(contains(run("ip neigh show 2001:db8::100"), "lladdr 00:00:5e:00:02:29"));
  CHECK(contains(run("ip neigh show 2001:db8::1"), "lladdr 02:00:00:00:00:01"));
}

}  // namespace ballast::test
