#include "drivers/probes/datagram.hpp"

#include <array>
#include <cerrno>

#include <netinet/in.h>
#include <sys/socket.h>

namespace ballast::probes {
namespace {

constexpr std::size_t largest_datagram = 65'535;
constexpr int datagrams_at_once = 16;  // then others have their turn

/// Without it, the kernel tells a UDP socket about closed ports only.
void tell_all_errors(int descriptor, Family family) {
  const int on = 1;
  if (family == Family::ipv4) {
    setsockopt(descriptor, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
  } else {
    setsockopt(descriptor, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
  }
}

}  // namespace

void DatagramAttempt::ask(Descriptor socket, Bytes question) {
  socket_ = std::move(socket);
  tell_all_errors(socket_.get(), target().address.family());
  if (const int error = begin_connect(socket_.get(), target()); error != 0) {
    return fail(Error{failure_text(error), error});
  }
  if (::send(socket_.get(), question.data(), question.size(), 0) < 0 && errno != EAGAIN) {
    return fail(Error{failure_text(errno), errno});
  }
  wait(socket_.get(), EPOLLIN);
}

void DatagramAttempt::ask_again(Bytes question) const {
  ::send(socket_.get(), question.data(), question.size(), 0);
}

void DatagramAttempt::ready(std::uint32_t /*events*/) {
  std::array<std::uint8_t, largest_datagram> buffer;  // not filled: only what is received is touched
  for (int count = 0; count < datagrams_at_once; ++count) {
    const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) break;
    if (size < 0) return fail(Error{failure_text(errno), errno});
    if (!heard(Bytes(buffer.data(), static_cast<std::size_t>(size)))) return;
  }
  wait(socket_.get(), EPOLLIN);
}

}  // namespace ballast::probes
