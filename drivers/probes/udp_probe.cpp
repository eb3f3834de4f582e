// UDP: sends the payload; passes with an answer that begins as wanted, or where none is wanted, with silence.
#include <algorithm>

#include <fmt/format.h>
#include <sys/socket.h>

#include "drivers/probes/datagram.hpp"
#include "drivers/probes/excerpt.hpp"

namespace ballast::probes {
namespace {

class UdpAttempt final : public DatagramAttempt {
 public:
  UdpAttempt(Host& host, const ProbeTarget& target, const UdpCheck& check)
      : DatagramAttempt(host, target), check_(check) {}

  void begin() override {
    auto socket = open_socket(target(), SOCK_DGRAM);
    if (!socket) return fail(socket.error());
    ask(std::move(*socket), Bytes(reinterpret_cast<const std::uint8_t*>(check_.payload.data()), check_.payload.size()));
  }

  void expire(std::chrono::milliseconds timeout) override {
    if (check_.reply) return DatagramAttempt::expire(timeout);
    pass(fmt::format("no ICMP error within {}", duration_text(timeout)));
  }

 private:
  bool heard(Bytes datagram) override {
    const std::string_view said(reinterpret_cast<const char*>(datagram.data()), datagram.size());
    if (said.starts_with(check_.reply.value_or(""))) {
      pass(fmt::format("{} bytes answered", said.size()));
    } else {
      fail("wrong answer: " + excerpt(said));
    }
    return false;
  }

  const UdpCheck& check_;
};

}  // namespace

std::unique_ptr<Attempt> make_udp(Host& host, const ProbeTarget& target, const UdpCheck& check) {
  return std::make_unique<UdpAttempt>(host, target, check);
}

}  // namespace ballast::probes
