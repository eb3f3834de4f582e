// AF_PACKET, SOCK_DGRAM: the kernel takes the frame's header away and says what was in it (packet(7)).
#include "drivers/packet_listener.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace ballast {
namespace {

constexpr std::size_t arp_bytes = 28;
constexpr std::uint8_t mac_bytes = 6;
constexpr std::uint8_t arp_request = 1;
constexpr std::uint8_t arp_reply = 2;

Error fail(const char* doing, int errnum) {
  return {std::string("listen on the wire: ") + doing + ": " + errno_text(errnum), errnum};
}

/// ARP; and IPv4 and IPv6 of the protocols 112 (VRRP) and, IPv4 only, 51 (AH).
int attach_filter(int descriptor) {
  constexpr auto type = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PROTOCOL);
  std::array<sock_filter, 11> program{{
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, type),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_ARP, 7, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 0, 2),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 6),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 112, 4, 5),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 4),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 112, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 51, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, PacketListener::packet_bytes),
      BPF_STMT(BPF_RET | BPF_K, 0),
  }};
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0 ? 0 : errno;
}

/// The MAC addresses of 224.0.0.18 and ff02::12.
constexpr std::array<std::array<std::uint8_t, 6>, 2> groups{{{0x01, 0, 0x5e, 0, 0, 0x12}, {0x33, 0x33, 0, 0, 0, 0x12}}};

void join(int descriptor, unsigned index) {
  for (const auto& group : groups) {
    packet_mreq membership{};
    membership.mr_ifindex = static_cast<int>(index);
    membership.mr_type = PACKET_MR_MULTICAST;
    membership.mr_alen = mac_bytes;
    std::memcpy(membership.mr_address, group.data(), group.size());
    // What a device without a list of groups refuses, it does not need.
    setsockopt(descriptor, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership, sizeof membership);
  }
}

Descriptor join_ipv6(unsigned index) {
  Descriptor descriptor(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ipv6_mreq membership{};
  membership.ipv6mr_multiaddr.s6_addr[0] = 0xff;
  membership.ipv6mr_multiaddr.s6_addr[1] = 0x02;
  membership.ipv6mr_multiaddr.s6_addr[15] = 0x12;
  membership.ipv6mr_interface = index;
  if (descriptor.valid()) {
    setsockopt(descriptor.get(), IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &membership, sizeof membership);
  }
  return descriptor;
}

sockaddr_ll address_of(unsigned index, std::uint16_t type) {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(type);
  address.sll_ifindex = static_cast<int>(index);
  return address;
}

}  // namespace

std::optional<ArpReply> read_arp_reply(std::span<const std::uint8_t> bytes) {
  constexpr std::array<std::uint8_t, 8> head{0, ARPHRD_ETHER, 0x08, 0x00, 6, 4, 0, arp_reply};
  if (bytes.size() < arp_bytes || std::memcmp(bytes.data(), head.data(), head.size()) != 0) return std::nullopt;
  ArpReply reply;
  std::memcpy(reply.mac.bytes.data(), &bytes[8], reply.mac.bytes.size());
  reply.address = IpAddress::from_bytes(Family::ipv4, &bytes[14]);
  return reply;
}

Result<PacketListener> PacketListener::open(unsigned index) {
  // Protocol 0 until the filter is there: nothing else may come in before.
  Descriptor descriptor(socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!descriptor.valid()) return fail("socket", errno);
  if (const int errnum = attach_filter(descriptor.get())) return fail("filter", errnum);
  join(descriptor.get(), index);
  const sockaddr_ll here = address_of(index, ETH_P_ALL);
  if (bind(descriptor.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0) return fail("bind", errno);
  return PacketListener(std::move(descriptor), join_ipv6(index), index);
}

Result<std::vector<HeardPacket>> PacketListener::receive() {
  std::vector<HeardPacket> packets;
  std::vector<std::uint8_t> buffer(packet_bytes);
  for (int count = 0; count < packets_at_once; ++count) {
    sockaddr_ll from{};
    socklen_t size = sizeof from;
    const ssize_t got =
        recvfrom(descriptor(), buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (got < 0) return fail("receive", errno);
    HeardPacket packet;
    packet.outgoing = from.sll_pkttype == PACKET_OUTGOING;
    packet.type = ntohs(from.sll_protocol);
    if (from.sll_halen == packet.source.bytes.size()) {
      std::memcpy(packet.source.bytes.data(), from.sll_addr, packet.source.bytes.size());
    }
    packet.bytes.assign(buffer.begin(), buffer.begin() + got);
    packets.push_back(std::move(packet));
  }
  return packets;
}

Result<void> PacketListener::ask(const IpAddress& address, const IpAddress& sender, const MacAddress& mac) {
  std::array<std::uint8_t, arp_bytes> question{0, ARPHRD_ETHER, 0x08, 0x00, 6, 4, 0, arp_request};
  std::memcpy(&question[8], mac.bytes.data(), mac.bytes.size());
  std::memcpy(&question[14], sender.bytes().data(), 4);
  std::memcpy(&question[24], address.bytes().data(), 4);
  sockaddr_ll to = address_of(index_, ETH_P_ARP);
  to.sll_halen = mac_bytes;
  std::memset(to.sll_addr, 0xff, mac.bytes.size());
  const ssize_t sent = sendto(descriptor(), question.data(), question.size(), MSG_NOSIGNAL,
                              reinterpret_cast<const sockaddr*>(&to), sizeof to);
  if (sent < 0) return fail("ask by ARP", errno);
  return {};
}

}  // namespace ballast
