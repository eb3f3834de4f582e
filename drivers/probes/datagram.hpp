// Attempts that ask with one datagram and judge what comes back: dns, udp, ping. Internal to drivers/probes.
//
// The socket is connected: the kernel passes nothing on from other addresses, and every ICMP error about the question
// (port, host or network unreachable, also those from routers) ends the attempt at once.
#pragma once

#include <span>

#include "drivers/probes/attempt.hpp"

namespace ballast::probes {

class DatagramAttempt : public Attempt {
 public:
  using Attempt::Attempt;

  void ready(std::uint32_t events) final;

 protected:
  using Bytes = std::span<const std::uint8_t>;

  /// Asks, and waits. The attempt has ended where that fails.
  void ask(Descriptor socket, Bytes question);
  /// Once more; what goes wrong with that shows as the socket's error.
  void ask_again(Bytes question) const;
  /// Whether to wait on; false where the attempt has ended.
  virtual bool heard(Bytes datagram) = 0;

 private:
  Descriptor socket_;
};

}  // namespace ballast::probes
