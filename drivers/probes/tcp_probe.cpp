// TCP: passes with the server's SYN-ACK.
//
// Three packets: SYN, SYN-ACK, RST. The kernel is asked to hold back the ACK and to reset instead of closing, so the
// server's program never sees the connection, and neither side keeps any state of it.
#include <cerrno>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "drivers/probes/attempt.hpp"

namespace ballast::probes {
namespace {

class TcpAttempt final : public Attempt {
 public:
  using Attempt::Attempt;

  void begin() override {
    auto socket = open_socket(target(), SOCK_STREAM);
    if (!socket) return fail(socket.error());
    socket_ = std::move(*socket);
    const int off = 0;
    const linger reset{1, 0};
    setsockopt(socket_.get(), IPPROTO_TCP, TCP_QUICKACK, &off, sizeof off);
    setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    const int error = begin_connect(socket_.get(), target());
    if (error == EINPROGRESS) return wait(socket_.get(), EPOLLOUT);
    judge(error);
  }

  void ready(std::uint32_t events) override {
    judge((events & (EPOLLERR | EPOLLHUP)) != 0 ? socket_error(socket_.get()) : 0);
  }

  [[nodiscard]] std::string_view awaited() const override { return "connection"; }

 private:
  void judge(int error) {
    if (error == 0) return pass("connected");
    fail(Error{failure_text(error), error});
  }

  Descriptor socket_;
};

}  // namespace

std::unique_ptr<Attempt> make_tcp(Host& host, const ProbeTarget& target, const TcpCheck& /*check*/) {
  return std::make_unique<TcpAttempt>(host, target);
}

}  // namespace ballast::probes
