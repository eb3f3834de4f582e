// ICMP echo, from a ping socket where net.ipv4.ping_group_range allows one (the kernel then finds the attempt by its
// id), else from a raw socket with a filter, so that others' replies do not wake it.
#include <cerrno>
#include <random>

#include <fmt/format.h>
#include <linux/filter.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>

#include "drivers/probes/datagram.hpp"
#include "drivers/probes/icmp_echo.hpp"

namespace ballast::probes {
namespace {

using Clock = std::chrono::steady_clock;

EchoRequest random_request(Family family) {
  std::random_device source;
  EchoRequest request{family, static_cast<std::uint16_t>(source()), 1, {}};
  for (std::uint8_t& byte : request.cookie) byte = static_cast<std::uint8_t>(source());
  return request;
}

/// Lets only replies with this id through. IPv4's raw sockets deliver the IP header too, IPv6's do not.
bool filter_replies(int descriptor, const EchoRequest& request) {
  const bool ipv4 = request.family == Family::ipv4;
  const std::uint32_t reply = ipv4 ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY;
  sock_filter steps[] = {
      ipv4 ? sock_filter BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0) : sock_filter BPF_STMT(BPF_LDX | BPF_IMM, 0),
      BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, reply, 0, 3),
      BPF_STMT(BPF_LD | BPF_H | BPF_IND, 4),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, request.id, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  const sock_fprog program{static_cast<unsigned short>(std::size(steps)), steps};
  return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

class PingAttempt final : public DatagramAttempt {
 public:
  PingAttempt(Host& host, const ProbeTarget& target)
      : DatagramAttempt(host, target), request_(random_request(target.address.family())) {}

  void begin() override {
    auto socket = open();
    if (!socket && socket.error().errnum == EPERM) {
      return finish({false, "this process may not ping (CAP_NET_RAW, net.ipv4.ping_group_range)", std::nullopt, true});
    }
    if (!socket) return fail(socket.error());
    asked_ = Clock::now();
    ask(std::move(*socket), make_echo_request(request_));
  }

  [[nodiscard]] std::string_view awaited() const override { return "echo reply"; }

 private:
  Result<Descriptor> open() {
    const int protocol = request_.family == Family::ipv4 ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6};
    auto socket = open_socket(target(), SOCK_DGRAM, protocol);
    if (socket || is_shortage(socket.error().errnum)) return socket;
    auto raw = open_socket(target(), SOCK_RAW, protocol);
    raw_ = true;
    if (raw && !filter_replies(raw->get(), request_)) {
      return Error{"cannot filter echo replies: " + failure_text(errno), errno};
    }
    return raw;
  }

  bool heard(Bytes datagram) override {
    const Bytes message = raw_ && request_.family == Family::ipv4 ? behind_ipv4_header(datagram) : datagram;
    if (!is_echo_reply(request_, message, !raw_)) return true;
    const std::chrono::duration<double, std::milli> took = Clock::now() - asked_;
    pass(fmt::format("echo reply after {:.2f}ms", took.count()));
    return false;
  }

  const EchoRequest request_;
  bool raw_ = false;
  Clock::time_point asked_;
};

}  // namespace

std::unique_ptr<Attempt> make_ping(Host& host, const ProbeTarget& target, const PingCheck& /*check*/) {
  return std::make_unique<PingAttempt>(host, target);
}

}  // namespace ballast::probes
