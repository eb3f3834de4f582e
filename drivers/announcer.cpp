// Frames byte by byte, and a packet socket that sends them.
#include "drivers/announcer.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace ballast {
namespace {

constexpr std::size_t frames_at_once = 256;
constexpr int send_buffer = 4 * 1024 * 1024;

/// Fills a frame from its start to its end.
class Writer {
 public:
  explicit Writer(std::uint8_t* place) : place_(place) {}

  Writer& number8(unsigned value) {
    *place_++ = static_cast<std::uint8_t>(value);
    return *this;
  }
  Writer& number16(unsigned value) { return number8(value >> 8).number8(value & 0xff); }
  Writer& number32(std::uint32_t value) { return number16(value >> 16).number16(value & 0xffff); }
  Writer& mac(const MacAddress& value) { return bytes(value.bytes.data(), value.bytes.size()); }
  Writer& address(const IpAddress& value) { return bytes(value.bytes().data(), value.is_ipv4() ? 4 : 16); }
  Writer& bytes(const std::uint8_t* from, std::size_t count) {
    std::memcpy(place_, from, count);
    place_ += count;
    return *this;
  }

 private:
  std::uint8_t* place_;
};

constexpr MacAddress broadcast{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
constexpr MacAddress all_nodes_mac{{0x33, 0x33, 0, 0, 0, 1}};
constexpr std::array<std::uint8_t, 16> all_nodes{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

std::uint32_t sum16(const std::uint8_t* bytes, std::size_t count) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < count; i += 2) sum += static_cast<std::uint32_t>(bytes[i] << 8 | bytes[i + 1]);
  return sum;
}

/// One frame and where it goes; the kernel reads the address, the frame has its own Ethernet header.
struct Outgoing {
  std::array<std::uint8_t, sizeof(NeighbourFrame)> frame;
  sockaddr_ll to{};
  iovec piece{};
};

void fill(Outgoing& out, const Announcement& announcement, ArpForm form) {
  const auto put = [&](const auto& frame) {
    std::memcpy(out.frame.data(), frame.data(), frame.size());
    out.piece = {out.frame.data(), frame.size()};
  };
  const bool is_ipv4 = announcement.vip.is_ipv4();
  if (is_ipv4) {
    put(make_gratuitous_arp(announcement.mac, announcement.vip, form));
  } else {
    put(make_neighbour_advertisement(announcement.mac, announcement.vip, announcement.router));
  }
  out.to = {};
  out.to.sll_family = AF_PACKET;
  out.to.sll_protocol = htons(is_ipv4 ? ETH_P_ARP : ETH_P_IPV6);
  out.to.sll_ifindex = static_cast<int>(announcement.interface_index);
}

/// Sends one batch; errno of frame i goes to results[i].
void send_batch(int descriptor, std::span<mmsghdr> messages, std::span<int> results) {
  for (std::size_t done = 0; done < messages.size();) {
    const auto left = static_cast<unsigned>(messages.size() - done);
    const int count = sendmmsg(descriptor, &messages[done], left, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count > 0) {
      done += static_cast<std::size_t>(count);
    } else if (count == 0 || errno != EINTR) {
      // It is the first one that failed; those behind it may go elsewhere.
      results[done] = count == 0 ? EIO : errno;
      ++done;
    }
  }
}

}  // namespace

ArpFrame make_gratuitous_arp(const MacAddress& mac, const IpAddress& vip, ArpForm form) {
  ArpFrame frame;
  Writer(frame.data())
      .mac(broadcast)
      .mac(mac)
      .number16(ETH_P_ARP)
      .number16(ARPHRD_ETHER)
      .number16(ETH_P_IP)
      .number8(6)
      .number8(4)
      .number16(static_cast<unsigned>(form))
      .mac(mac)
      .address(vip)
      // Means nothing in a request, where keepalived has the same; Linux takes a reply for gratuitous only where the
      // sender is its own target (net/ipv4/arp.c, arp_is_garp()).
      .mac(form == ArpForm::request ? broadcast : mac)
      .address(vip);
  return frame;
}

NeighbourFrame make_neighbour_advertisement(const MacAddress& mac, const IpAddress& vip, bool router) {
  constexpr unsigned icmpv6_bytes = 32;
  constexpr unsigned neighbour_advertisement = 136;
  constexpr std::uint32_t router_flag = 0x80000000;
  constexpr std::uint32_t override_flag = 0x20000000;
  constexpr unsigned target_link_layer_address = 2;
  constexpr std::size_t ethernet_bytes = 14;
  constexpr std::size_t icmpv6_offset = ethernet_bytes + 40;

  NeighbourFrame frame;
  Writer(frame.data())
      .mac(all_nodes_mac)
      .mac(mac)
      .number16(ETH_P_IPV6)
      .number32(0x60000000)
      .number16(icmpv6_bytes)
      .number8(IPPROTO_ICMPV6)
      .number8(255)
      .address(vip)
      .bytes(all_nodes.data(), all_nodes.size())
      .number8(neighbour_advertisement)
      .number8(0)
      .number16(0)
      .number32(override_flag | (router ? router_flag : 0))
      .address(vip)
      .number8(target_link_layer_address)
      .number8(1)
      .mac(mac);
  // Pseudo-header (RFC 8200 section 8.1): both addresses, length, protocol.
  std::uint32_t sum = sum16(&frame[ethernet_bytes + 8], 32) + icmpv6_bytes + IPPROTO_ICMPV6;
  sum += sum16(&frame[icmpv6_offset], icmpv6_bytes);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  Writer(&frame[icmpv6_offset + 2]).number16(~sum & 0xffff);
  return frame;
}

Result<Announcer> Announcer::open() {
  // Protocol 0: nothing is received.
  Descriptor descriptor(socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!descriptor.valid()) {
    const int errnum = errno;
    return Error{"packet socket" + std::string(errnum == EPERM ? " without CAP_NET_RAW: " : ": ") + errno_text(errnum),
                 errnum};
  }
  setsockopt(descriptor.get(), SOL_SOCKET, SO_SNDBUFFORCE, &send_buffer, sizeof send_buffer);
  return Announcer(std::move(descriptor));
}

std::vector<int> Announcer::announce(std::span<const Announcement> announcements, ArpForm form) {
  std::vector<int> results(announcements.size(), 0);
  std::vector<Outgoing> out(std::min(announcements.size(), frames_at_once));
  std::vector<mmsghdr> messages(out.size());
  for (std::size_t first = 0; first < announcements.size(); first += frames_at_once) {
    const std::size_t count = std::min(frames_at_once, announcements.size() - first);
    for (std::size_t i = 0; i < count; ++i) {
      fill(out[i], announcements[first + i], form);
      messages[i] = {};
      messages[i].msg_hdr.msg_name = &out[i].to;
      messages[i].msg_hdr.msg_namelen = sizeof out[i].to;
      messages[i].msg_hdr.msg_iov = &out[i].piece;
      messages[i].msg_hdr.msg_iovlen = 1;
    }
    send_batch(descriptor_.get(), std::span(messages).first(count), std::span(results).subspan(first, count));
  }
  return results;
}

Result<MacAddress> Announcer::mac_of(unsigned interface_index) const {
  ifreq request{};
  request.ifr_ifindex = static_cast<int>(interface_index);
  if (ioctl(descriptor_.get(), SIOCGIFNAME, &request) != 0 || ioctl(descriptor_.get(), SIOCGIFHWADDR, &request) != 0) {
    const int errnum = errno;
    return Error{"read the MAC of interface " + std::to_string(interface_index) + ": " + errno_text(errnum), errnum};
  }
  if (request.ifr_hwaddr.sa_family != ARPHRD_ETHER) {
    return Error{std::string(request.ifr_name) + " is not an Ethernet interface", EAFNOSUPPORT};
  }
  MacAddress mac;
  std::memcpy(mac.bytes.data(), request.ifr_hwaddr.sa_data, mac.bytes.size());
  return mac;
}

}  // namespace ballast
