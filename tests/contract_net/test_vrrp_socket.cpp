// Advertisements between two nodes, as bytes on a cable.
#include <doctest/doctest.h>
#include <net/ethernet.h>
#include <net/if.h>

#include "contract_net/lab.hpp"
#include "drivers/vrrp_socket.hpp"

namespace ballast::test {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;

VrrpSocket open(VrrpSocketOptions options) {
  if (options.interface.empty()) options.interface = "e0";
  auto socket = VrrpSocket::open(options);
  INFO((socket.has_error() ? socket.error().text : ""));
  REQUIRE(socket.has_value());
  return std::move(*socket);
}

void send(VrrpSocket& socket, const Bytes& payload, const IpAddress& destination) {
  const auto sent = socket.send(payload, destination);
  INFO((sent.has_error() ? sent.error().text : ""));
  REQUIRE(sent.has_value());
}

std::vector<Datagram> received(VrrpSocket& socket) {
  readable(socket.descriptor());
  auto datagrams = socket.receive();
  REQUIRE(datagrams.has_value());
  return std::move(*datagrams);
}

VrrpSocketOptions from(const std::string& source) {
  VrrpSocketOptions options;
  options.source = ip(source);
  options.family = options.source.family();
  return options;
}

const Bytes advert{0x31, 41, 100, 1, 0, 100, 0, 0, 192, 0, 2, 100};

}  // namespace

TEST_CASE("vrrp socket: an IPv4 advertisement arrives with its addresses, TTL 255 and interface") {
  const Lab lab;
  auto sender = open(from("192.0.2.1"));
  lab.right();
  Sniffer sniffer("e0");
  auto receiver = open(from("192.0.2.2"));
  send(sender, advert, sender.group());

  const auto datagrams = received(receiver);
  REQUIRE(datagrams.size() == 1);
  CHECK(datagrams[0].payload == advert);
  CHECK(datagrams[0].source == ip("192.0.2.1"));
  CHECK(datagrams[0].destination == ip("224.0.0.18"));
  CHECK(datagrams[0].ttl == 255);
  CHECK(datagrams[0].interface_index == if_nametoindex("e0"));
  for (;;) {
    const auto frame = sniffer.next(ETH_P_IP);
    REQUIRE_FALSE(frame.empty());
    if (frame[23] != 112) continue;  // the report of the group's membership
    const std::string words = explain(frame);
    CHECK(words.find("02:00:00:00:00:01 > 01:00:5e:00:00:12") != std::string::npos);
    CHECK(words.find("tos 0xc0, ttl 255") != std::string::npos);
    CHECK(words.find("192.0.2.1 > 224.0.0.18: VRRPv3, Advertisement, vrid 41, prio 100") != std::string::npos);
    break;
  }
}

TEST_CASE("vrrp socket: an IPv6 advertisement arrives with its addresses, hop limit 255 and interface") {
  const Lab lab;
  auto sender = open(from("fe80::1"));
  lab.right();
  Sniffer sniffer("e0");
  auto receiver = open(from("fe80::2"));
  send(sender, advert, sender.group());

  const auto datagrams = received(receiver);
  REQUIRE(datagrams.size() == 1);
  CHECK(datagrams[0].payload == advert);
  CHECK(datagrams[0].source == ip("fe80::1"));
  CHECK(datagrams[0].destination == ip("ff02::12"));
  CHECK(datagrams[0].ttl == 255);
  CHECK(datagrams[0].interface_index == if_nametoindex("e0"));
  for (;;) {
    const auto frame = sniffer.next(ETH_P_IPV6);
    REQUIRE_FALSE(frame.empty());
    if (frame[20] != 112) continue;
    CHECK((frame[14] << 4 | frame[15] >> 4) == 0x6c0);  // version 6, class 0xc0
    break;
  }
}

TEST_CASE("vrrp socket: what this node sends by multicast, nobody on it hears") {
  const Lab lab;
  for (const char* source : {"192.0.2.1", "fe80::1"}) {
    auto sender = open(from(source));
    auto other = open(from(source));
    send(sender, advert, sender.group());
    CHECK_FALSE(readable(other.descriptor(), 50ms));
    CHECK(sender.receive()->empty());
  }
}

TEST_CASE("vrrp socket: another interface's packets are not heard") {
  const Lab lab;
  run("ip link add e1 type veth peer name e2 && ip link set e1 up && ip link set e2 up && ip addr add 198.51.100.1/24 "
      "dev e1");
  auto receiver = open(from("192.0.2.1"));
  VrrpSocketOptions on_e2;
  on_e2.interface = "e2";
  auto there = open(on_e2);
  VrrpSocketOptions on_e1 = from("198.51.100.1");
  on_e1.interface = "e1";
  auto sender = open(on_e1);
  run("sysctl -q -w net.ipv4.conf.e2.accept_local=1 net.ipv4.conf.e2.rp_filter=0 net.ipv4.conf.all.rp_filter=0");
  send(sender, advert, sender.group());
  CHECK(readable(there.descriptor()));
  CHECK_FALSE(readable(receiver.descriptor(), 50ms));
}

TEST_CASE("vrrp socket: with unicast, multicast is not heard and unicast is") {
  const Lab lab;
  for (const auto& [left, right] : {std::pair{"192.0.2.1", "192.0.2.2"}, std::pair{"2001:db8::1", "2001:db8::2"}}) {
    lab.left();
    auto sender = open(from(left));
    lab.right();
    auto multicast = open(from(right));  // its group is joined on this interface
    VrrpSocketOptions options = from(right);
    options.multicast = false;
    auto receiver = open(options);
    send(sender, advert, sender.group());
    REQUIRE(readable(multicast.descriptor()));
    CHECK(receiver.receive()->empty());
    send(sender, advert, ip(right));
    const auto datagrams = received(receiver);
    REQUIRE(datagrams.size() == 1);
    CHECK(datagrams[0].source == ip(left));
    CHECK(datagrams[0].destination == ip(right));
    CHECK(datagrams[0].ttl == 255);
  }
}

TEST_CASE("vrrp socket: with an authentication header whole packets are sent, and their identification is told") {
  const Lab lab;
  VrrpSocketOptions options = from("192.0.2.1");
  options.protocol = AdvertProtocol::ah;
  auto sender = open(options);
  lab.right();
  options.source = ip("192.0.2.2");
  auto receiver = open(options);
  Bytes packet{0x45, 0xc0, 0, 32, 0x12, 0x34, 0, 0, 255, 51, 0, 0, 192, 0, 2, 1, 224, 0, 0, 18};
  packet.insert(packet.end(), advert.begin(), advert.end());
  send(sender, packet, sender.group());
  const auto datagrams = received(receiver);
  REQUIRE(datagrams.size() == 1);
  CHECK(datagrams[0].identification == 0x1234);
  CHECK(datagrams[0].payload == advert);
  CHECK(datagrams[0].ttl == 255);
}

TEST_CASE("vrrp socket: a flood is read in portions") {
  const Lab lab;
  auto sender = open(from("192.0.2.1"));
  lab.right();
  auto receiver = open(from("192.0.2.2"));
  for (int i = 0; i < VrrpSocket::datagrams_at_once + 6; ++i) send(sender, advert, sender.group());
  CHECK(received(receiver).size() == VrrpSocket::datagrams_at_once);
  CHECK(received(receiver).size() == 6);
  CHECK(receiver.receive()->empty());
  CHECK(receiver.dropped() == 0);
  for (int i = 0; i < 20000; ++i) send(sender, advert, sender.group());
  CHECK(receiver.dropped() > 0);
}

TEST_CASE("vrrp socket: errors say what is missing") {
  const Lab lab;
  VrrpSocketOptions options;
  options.interface = "nowhere";
  const auto missing = VrrpSocket::open(options);
  REQUIRE(missing.has_error());
  CHECK(missing.error().errnum == ENODEV);
  CHECK(missing.error().text == "VRRP socket on nowhere: find the interface: no such device (ENODEV)");

  for (const char* absent : {"192.0.2.99"}) {
    auto socket = open(from(absent));
    const auto sent = socket.send(advert, socket.group());
    REQUIRE(sent.has_error());
    CHECK(sent.error().errnum == EADDRNOTAVAIL);
    socket.set_source(ip("192.0.2.1"));
    CHECK(socket.send(advert, socket.group()).has_value());
  }
  auto socket = open(from("192.0.2.1"));
  run("ip link set e0 down");
  CHECK(socket.send(advert, socket.group()).has_error());
}

TEST_CASE("vrrp socket: malformed IPv4 packets are refused") {
  const Bytes good{0x45, 0, 0, 24, 0, 7, 0, 0, 255, 112, 0, 0, 192, 0, 2, 1, 224, 0, 0, 18, 1, 2, 3, 4};
  Datagram datagram;
  CHECK(read_ipv4_packet(good, datagram));
  CHECK(datagram.payload == Bytes{1, 2, 3, 4});
  CHECK(datagram.identification == 7);
  for (std::size_t size = 0; size < good.size(); ++size)
    CHECK_FALSE(read_ipv4_packet(std::span(good).first(size), datagram));
  const auto with = [&](std::size_t place, std::uint8_t value) {
    Bytes bad = good;
    bad[place] = value;
    return read_ipv4_packet(bad, datagram);
  };
  CHECK_FALSE(with(0, 0x65));
  CHECK_FALSE(with(0, 0x44));
  CHECK_FALSE(with(0, 0x4f));
  CHECK_FALSE(with(3, 19));
  CHECK_FALSE(with(3, 25));
  CHECK(with(0, 0x46));
  CHECK(datagram.payload.empty());
}

}  // namespace ballast::test
