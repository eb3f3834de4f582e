// TCP: passes with the server's SYN-ACK.
//
// Three packets: SYN, SYN-ACK, RST. The kernel is asked to hold back the ACK, and the connection is reset instead of
// closed: the server's program never sees it, and neither side keeps any state of it.
#include <cerrno>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "drivers/probes/attempt.hpp"
#include "drivers/probes/spare_sockets.hpp"

namespace ballast::probes {
namespace {

class TcpAttempt final : public Attempt {
 public:
  using Attempt::Attempt;

  void begin() override {
    if (is_plain()) socket_ = host().spare_sockets().take(target().address.family());
    const bool used_before = socket_.valid();
    if (!used_before) {
      auto socket = open_socket(target(), SOCK_STREAM);
      if (!socket) return fail(socket.error());
      socket_ = std::move(*socket);
    }
    const int off = 0;
    setsockopt(socket_.get(), IPPROTO_TCP, TCP_QUICKACK, &off, sizeof off);
    const int error = begin_connect(socket_.get(), target());
    if (error == EINPROGRESS) return wait(socket_.get(), EPOLLOUT, used_before);
    judge(error);
  }

  void ready(std::uint32_t events) override {
    judge((events & (EPOLLERR | EPOLLHUP)) != 0 ? socket_error(socket_.get()) : 0);
  }

  [[nodiscard]] std::string_view awaited() const override { return "connection"; }

 private:
  void judge(int error) {
    if (error != 0) return fail(Error{failure_text(error), error});
    sockaddr nobody{};
    nobody.sa_family = AF_UNSPEC;
    if (::connect(socket_.get(), &nobody, sizeof nobody) == 0 && is_plain()) {
      host().spare_sockets().put(target().address.family(), std::move(socket_));
    }
    pass("connected");
  }

  [[nodiscard]] bool is_plain() const { return target().mark == 0 && !target().source; }

  Descriptor socket_;
};

}  // namespace

std::unique_ptr<Attempt> make_tcp(Host& host, const ProbeTarget& target, const TcpCheck& /*check*/) {
  return std::make_unique<TcpAttempt>(host, target);
}

}  // namespace ballast::probes
