// What passes a cable, as `ballast doctor` hears it.
#include <algorithm>
#include <optional>

#include <doctest/doctest.h>
#include <net/ethernet.h>
#include <net/if.h>

#include "contract_net/lab.hpp"
#include "drivers/packet_listener.hpp"
#include "drivers/vrrp_socket.hpp"

namespace ballast::test {
namespace {

constexpr MacAddress left_mac{{0x02, 0, 0, 0, 0, 0x01}};
constexpr MacAddress right_mac{{0x02, 0, 0, 0, 0, 0x02}};

PacketListener listen() {
  auto listener = PacketListener::open(if_nametoindex("e0"));
  REQUIRE(listener.has_value());
  return std::move(*listener);
}

/// The next packet of that type, whatever else comes.
HeardPacket next(PacketListener& listener, std::uint16_t type) {
  while (readable(listener.descriptor())) {
    auto packets = listener.receive();
    REQUIRE(packets.has_value());
    for (HeardPacket& packet : *packets) {
      if (packet.type == type) return std::move(packet);
    }
  }
  FAIL("nothing came");
  return {};
}

VrrpSocket router() {
  VrrpSocketOptions options;
  options.interface = "e0";
  auto socket = VrrpSocket::open(options);
  REQUIRE(socket.has_value());
  return std::move(*socket);
}

}  // namespace

TEST_CASE("packet listener: a neighbour says that it has an address, to whoever asks with or without a name") {
  const Lab lab;
  auto listener = listen();
  for (const char* sender : {"192.0.2.1", "0.0.0.0"}) {
    REQUIRE(listener.ask(ip("192.0.2.2"), ip(sender), left_mac).has_value());
    std::optional<ArpReply> reply;
    while (!reply) {
      const HeardPacket packet = next(listener, ETH_P_ARP);
      reply = packet.outgoing ? std::nullopt : read_arp_reply(packet.bytes);
    }
    CHECK(reply->address == ip("192.0.2.2"));
    CHECK(reply->mac == right_mac);
  }
  REQUIRE(listener.ask(ip("192.0.2.77"), ip("192.0.2.1"), left_mac).has_value());
  CHECK_FALSE(readable(listener.descriptor(), std::chrono::milliseconds(200)));
}

TEST_CASE("packet listener: advertisements are heard in both directions, and nothing else") {
  const Lab lab;
  auto listener = listen();
  run("ping -c 1 -W 3 192.0.2.2 >/dev/null");
  const std::vector<std::uint8_t> payload{0x31, 41, 100, 0, 0, 100, 0, 0};
  auto ours = router();
  REQUIRE(ours.send(payload, ours.group()).has_value());
  HeardPacket packet = next(listener, ETH_P_IP);
  CHECK(packet.outgoing);
  CHECK(packet.source == left_mac);

  lab.right();
  auto theirs = router();
  REQUIRE(theirs.send(payload, theirs.group()).has_value());
  packet = next(listener, ETH_P_IP);
  CHECK_FALSE(packet.outgoing);
  CHECK(packet.source == right_mac);
  CHECK(packet.bytes.at(9) == 112);
  CHECK(std::equal(payload.begin(), payload.end(), packet.bytes.begin() + 20));
}

TEST_CASE("packet listener: a reply that is cut off or of something else is none") {
  std::vector<std::uint8_t> reply{0,   1, 8, 0, 6, 4, 0, 2, 2, 0, 0,   0, 0, 2,
                                  192, 0, 2, 2, 2, 0, 0, 0, 0, 1, 192, 0, 2, 1};
  REQUIRE(read_arp_reply(reply));
  CHECK(read_arp_reply(reply)->mac == right_mac);
  reply[7] = 1;  // a question
  CHECK_FALSE(read_arp_reply(reply));
  reply[7] = 2;
  reply.pop_back();
  CHECK_FALSE(read_arp_reply(reply));
  CHECK_FALSE(read_arp_reply({}));
}

}  // namespace ballast::test
