// Options of raw sockets: net/ipv4/raw.c, net/ipv4/ip_sockglue.c, net/ipv6/raw.c, net/ipv6/datagram.c.
#include "drivers/vrrp_socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <linux/sock_diag.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "drivers/socket_address.hpp"

namespace ballast {
namespace {

constexpr int vrrp_ttl = 255;
constexpr int internet_control = 0xc0;
constexpr int priority_of_control = 6;
constexpr int receive_buffer = 1024 * 1024;
constexpr std::size_t smallest_ipv4_header = 20;

/// Sets options one after the other until one fails.
class Options {
 public:
  explicit Options(int descriptor) : descriptor_(descriptor) {}

  template <class Value>
  void set(int level, int name, const Value& value, const char* doing) {
    if (failed_ == nullptr && setsockopt(descriptor_, level, name, &value, sizeof value) != 0) fail(doing);
  }
  void set_device(const std::string& name) {
    const auto size = static_cast<socklen_t>(name.size() + 1);
    if (failed_ == nullptr && setsockopt(descriptor_, SOL_SOCKET, SO_BINDTODEVICE, name.c_str(), size) != 0) {
      fail("bind to the interface");
    }
  }
  /// For what older kernels lack and can do without.
  template <class Value>
  void try_to_set(int level, int name, const Value& value) const {
    setsockopt(descriptor_, level, name, &value, sizeof value);
  }
  [[nodiscard]] const char* failed() const { return failed_; }
  [[nodiscard]] int errnum() const { return errnum_; }

 private:
  void fail(const char* doing) {
    errnum_ = errno;
    failed_ = doing;
  }

  int descriptor_;
  const char* failed_ = nullptr;
  int errnum_ = 0;
};

void set_ipv4_options(Options& options, const VrrpSocketOptions& wanted, unsigned index, const IpAddress& group) {
  options.set(IPPROTO_IP, IP_PKTINFO, 1, "ask for the interface of packets");
  options.set(IPPROTO_IP, IP_TTL, vrrp_ttl, "set the TTL");
  options.set(IPPROTO_IP, IP_MULTICAST_TTL, vrrp_ttl, "set the multicast TTL");
  options.set(IPPROTO_IP, IP_TOS, internet_control, "set the class of service");
  options.set(IPPROTO_IP, IP_MULTICAST_LOOP, 0, "not hear own packets");
  options.set(IPPROTO_IP, IP_MULTICAST_ALL, 0, "hear one group only");
  options.set(IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT, "allow fragments");
  if (wanted.protocol == AdvertProtocol::ah) options.set(IPPROTO_IP, IP_HDRINCL, 1, "send whole packets");
  ip_mreqn membership{};
  membership.imr_multiaddr = to_in_addr(group);
  membership.imr_ifindex = static_cast<int>(index);
  options.set(IPPROTO_IP, IP_MULTICAST_IF, membership, "set the interface");
  if (wanted.multicast) options.set(IPPROTO_IP, IP_ADD_MEMBERSHIP, membership, "join the group");
}

void set_ipv6_options(Options& options, const VrrpSocketOptions& wanted, unsigned index, const IpAddress& group) {
  options.set(IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, "ask for the destination of packets");
  options.set(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1, "ask for the hop limit of packets");
  options.set(IPPROTO_IPV6, IPV6_UNICAST_HOPS, vrrp_ttl, "set the hop limit");
  options.set(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, vrrp_ttl, "set the multicast hop limit");
  options.set(IPPROTO_IPV6, IPV6_TCLASS, internet_control, "set the traffic class");
  options.set(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0, "not hear own packets");
  options.try_to_set(IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);  // 4.20
  // On a macvlan device, the sender's link-local address is its parent's (net/ipv6/datagram.c asks for this then).
  options.set(IPPROTO_IPV6, IPV6_FREEBIND, 1, "use an address of another interface");
  options.set(IPPROTO_IPV6, IPV6_CHECKSUM, -1, "leave the checksum alone");
  options.set(IPPROTO_IPV6, IPV6_MULTICAST_IF, static_cast<int>(index), "set the interface");
  ipv6_mreq membership{};
  membership.ipv6mr_multiaddr = to_in6_addr(group);
  membership.ipv6mr_interface = index;
  if (wanted.multicast) options.set(IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, membership, "join the group");
}

Error explain(const VrrpSocketOptions& wanted, const std::string& doing, int errnum) {
  return {"VRRP socket on " + wanted.interface + ": " + doing + ": " + errno_text(errnum), errnum};
}

IpAddress standard_group(Family family) {
  return *IpAddress::parse(family == Family::ipv4 ? "224.0.0.18" : "ff02::12");
}

struct ControlBuffer {
  alignas(cmsghdr) std::array<char, 256> bytes{};
};

template <class Value>
void put_control(msghdr& message, ControlBuffer& control, int level, int type, const Value& value) {
  message.msg_control = control.bytes.data();
  message.msg_controllen = CMSG_SPACE(sizeof value);
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = level;
  header->cmsg_type = type;
  header->cmsg_len = CMSG_LEN(sizeof value);
  std::memcpy(CMSG_DATA(header), &value, sizeof value);
}

template <class Value>
bool read_control(cmsghdr* header, int level, int type, Value& value) {
  if (header->cmsg_level != level || header->cmsg_type != type || header->cmsg_len < CMSG_LEN(sizeof value)) {
    return false;
  }
  std::memcpy(&value, CMSG_DATA(header), sizeof value);
  return true;
}

void read_controls(msghdr& message, Datagram& datagram) {
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    in_pktinfo ipv4{};
    in6_pktinfo ipv6{};
    if (read_control(header, IPPROTO_IP, IP_PKTINFO, ipv4)) {
      datagram.interface_index = static_cast<unsigned>(ipv4.ipi_ifindex);
    } else if (read_control(header, IPPROTO_IPV6, IPV6_PKTINFO, ipv6)) {
      datagram.interface_index = ipv6.ipi6_ifindex;
      datagram.destination = IpAddress::from_bytes(Family::ipv6, ipv6.ipi6_addr.s6_addr);
    } else {
      read_control(header, IPPROTO_IPV6, IPV6_HOPLIMIT, datagram.ttl);
    }
  }
}

/// Whether a send failed since its source address is not here: the kernel calls it an invalid argument or an
/// unreachable network (net/ipv4/route.c, ip_route_output_key_hash_rcu()).
bool is_absent(const IpAddress& source, int errnum) {
  if (source.is_unspecified() || !source.is_ipv4() || (errnum != EINVAL && errnum != ENETUNREACH)) return false;
  const Descriptor trial(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const SocketAddress address(source, 0);
  return bind(trial.get(), address.get(), address.size) != 0 && errno == EADDRNOTAVAIL;
}

}  // namespace

bool read_ipv4_packet(std::span<const std::uint8_t> packet, Datagram& datagram) {
  if (packet.size() < smallest_ipv4_header || packet[0] >> 4 != 4) return false;
  const std::size_t header = static_cast<std::size_t>(packet[0] & 0x0f) * 4;
  if (header < smallest_ipv4_header || header > packet.size()) return false;
  const std::size_t total = static_cast<std::size_t>(packet[2] << 8 | packet[3]);
  if (total < header || total > packet.size()) return false;
  datagram.identification = static_cast<std::uint16_t>(packet[4] << 8 | packet[5]);
  datagram.ttl = packet[8];
  datagram.source = IpAddress::from_bytes(Family::ipv4, &packet[12]);
  datagram.destination = IpAddress::from_bytes(Family::ipv4, &packet[16]);
  datagram.payload.assign(packet.begin() + static_cast<std::ptrdiff_t>(header),
                          packet.begin() + static_cast<std::ptrdiff_t>(total));
  return true;
}

Result<VrrpSocket> VrrpSocket::open(const VrrpSocketOptions& wanted) {
  const bool is_ipv4 = wanted.family == Family::ipv4;
  if (!is_ipv4 && wanted.protocol == AdvertProtocol::ah) {
    return explain(wanted, "an authentication header goes with IPv4 only", EPROTONOSUPPORT);
  }
  VrrpSocket socket;
  socket.family_ = wanted.family;
  socket.protocol_ = wanted.protocol;
  socket.source_ = wanted.source;
  socket.multicast_ = wanted.multicast;
  socket.group_ = wanted.group.is_unspecified() ? standard_group(wanted.family) : wanted.group;
  if (socket.group_.family() != wanted.family || !socket.group_.is_multicast()) {
    return explain(wanted, socket.group_.text() + " is no multicast group of this family", EINVAL);
  }
  socket.index_ = if_nametoindex(wanted.interface.c_str());
  if (socket.index_ == 0) return explain(wanted, "find the interface", errno);

  socket.descriptor_ = Descriptor(::socket(is_ipv4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
                                           static_cast<int>(wanted.protocol)));
  if (!socket.descriptor_.valid()) return explain(wanted, errno == EPERM ? "open without CAP_NET_RAW" : "open", errno);
  Options options(socket.descriptor_.get());
  options.set_device(wanted.interface);
  options.try_to_set(SOL_SOCKET, SO_RCVBUFFORCE, receive_buffer);
  if (is_ipv4) {
    set_ipv4_options(options, wanted, socket.index_, socket.group_);
  } else {
    set_ipv6_options(options, wanted, socket.index_, socket.group_);
  }
  // After IP_TOS, which sets a priority of its own.
  options.set(SOL_SOCKET, SO_PRIORITY, priority_of_control, "set the priority");
  if (options.failed() != nullptr) return explain(wanted, options.failed(), options.errnum());
  return socket;
}

Result<std::vector<Datagram>> VrrpSocket::receive() {
  std::vector<Datagram> datagrams;
  std::array<std::uint8_t, datagram_bytes> buffer;
  for (int i = 0; i < datagrams_at_once; ++i) {
    sockaddr_storage from{};
    ControlBuffer control;
    iovec piece{buffer.data(), buffer.size()};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof from;
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes.data();
    message.msg_controllen = control.bytes.size();
    const ssize_t size = recvmsg(descriptor(), &message, 0);
    if (size < 0 && errno == EAGAIN) break;
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) {
      const int errnum = errno;
      if (!datagrams.empty()) break;
      return Error{"receive advertisements: " + errno_text(errnum), errnum};
    }
    if ((message.msg_flags & MSG_TRUNC) != 0) continue;
    const std::span<const std::uint8_t> bytes(buffer.data(), static_cast<std::size_t>(size));
    Datagram datagram;
    datagram.ttl = -1;
    read_controls(message, datagram);
    // Came in before the socket was bound to its interface.
    if (datagram.interface_index != index_) continue;
    if (family_ == Family::ipv4) {
      if (!read_ipv4_packet(bytes, datagram)) continue;
    } else {
      datagram.source = IpAddress::from_bytes(Family::ipv6, reinterpret_cast<sockaddr_in6*>(&from)->sin6_addr.s6_addr);
      datagram.payload.assign(bytes.begin(), bytes.end());
    }
    // An unbound IPv6 raw socket gets what others on this interface have joined (net/ipv6/raw.c, raw_v6_match()).
    if (datagram.destination.is_multicast() && (!multicast_ || datagram.destination != group_)) continue;
    datagrams.push_back(std::move(datagram));
  }
  return datagrams;
}

Result<void> VrrpSocket::send(std::span<const std::uint8_t> payload, const IpAddress& destination) {
  if (destination.family() != family_) return Error{"send advertisement: wrong family", EAFNOSUPPORT};
  SocketAddress to(destination, index_);
  ControlBuffer control;
  iovec piece{const_cast<std::uint8_t*>(payload.data()), payload.size()};
  msghdr message{};
  message.msg_name = &to.storage;
  message.msg_namelen = to.size;
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  if (!source_.is_unspecified() && family_ == Family::ipv4) {
    in_pktinfo from{};
    from.ipi_ifindex = static_cast<int>(index_);
    from.ipi_spec_dst = to_in_addr(source_);
    put_control(message, control, IPPROTO_IP, IP_PKTINFO, from);
  } else if (!source_.is_unspecified()) {
    in6_pktinfo from{};
    from.ipi6_ifindex = index_;
    from.ipi6_addr = to_in6_addr(source_);
    put_control(message, control, IPPROTO_IPV6, IPV6_PKTINFO, from);
  }
  while (sendmsg(descriptor(), &message, MSG_NOSIGNAL) < 0) {
    if (errno == EINTR) continue;
    int errnum = errno;
    if (is_absent(source_, errnum)) errnum = EADDRNOTAVAIL;
    return Error{"send advertisement to " + destination.text() +
                     (source_.is_unspecified() ? "" : " from " + source_.text()) + ": " + errno_text(errnum),
                 errnum};
  }
  return {};
}

std::uint32_t VrrpSocket::dropped() const {
  std::array<std::uint32_t, SK_MEMINFO_VARS> counters{};
  socklen_t size = sizeof counters;
  if (getsockopt(descriptor(), SOL_SOCKET, SO_MEMINFO, counters.data(), &size) != 0) return 0;
  return counters[SK_MEMINFO_DROPS];
}

}  // namespace ballast
