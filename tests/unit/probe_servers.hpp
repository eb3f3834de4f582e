// Servers for probes that speak in datagrams or in turns, on top of probing.hpp.
// A server waits for the other side and never for time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probing.hpp"

namespace ballast::test {

/// Of probes that are to end by themselves: a busy machine never reaches it.
inline constexpr std::chrono::seconds patience{60};
/// Of probes that are to run out of it.
inline constexpr std::chrono::milliseconds impatience{200};

inline ProbeTarget local(std::uint16_t port) {
  return {*IpAddress::parse("127.0.0.1"), port, std::nullopt, 0};
}

/// A UDP socket on a free port of 127.0.0.1, which is closed with it.
struct UdpPort {
  UdpPort() : socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
    REQUIRE(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port = ntohs(address.sin_port);
  }
  Descriptor socket;
  std::uint16_t port = 0;
};

/// `answer` is called with each datagram, counted from 1; nullopt: none.
class UdpServer {
 public:
  using Answer = std::function<std::optional<std::string>(const std::string& question, int count)>;
  explicit UdpServer(Answer answer) : answer_(std::move(answer)), stop_(eventfd(0, EFD_CLOEXEC)) {
    thread_ = std::thread([this] { run(); });
  }
  ~UdpServer() {
    const std::uint64_t one = 1;
    CHECK(::write(stop_.get(), &one, sizeof one) == sizeof one);
    thread_.join();
  }
  UdpServer(const UdpServer&) = delete;
  UdpServer& operator=(const UdpServer&) = delete;
  [[nodiscard]] ProbeTarget target() const { return local(port_.port); }

 private:
  bool wait() {
    pollfd waited[2] = {{port_.socket.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    return ::poll(waited, 2, -1) > 0 && waited[1].revents == 0;
  }
  void run() {
    std::string buffer(65'536, 0);
    for (int count = 1; wait(); ++count) {
      sockaddr_in from{};
      socklen_t size = sizeof from;
      auto* address = reinterpret_cast<sockaddr*>(&from);
      const ssize_t got = ::recvfrom(port_.socket.get(), buffer.data(), buffer.size(), 0, address, &size);
      if (got < 0) continue;
      const auto said = answer_(buffer.substr(0, static_cast<std::size_t>(got)), count);
      if (said) ::sendto(port_.socket.get(), said->data(), said->size(), 0, address, size);
    }
  }

  Answer answer_;
  UdpPort port_;
  Descriptor stop_;
  std::thread thread_;
};

/// One accepted connection of a ProbeServer.
class Peer {
 public:
  explicit Peer(int socket) : socket_(socket) {}

  /// What comes next; empty where the other side is gone.
  std::string read() {
    char buffer[4096];
    const ssize_t size = ::recv(socket_, buffer, sizeof buffer, 0);
    return size > 0 ? std::string(buffer, static_cast<std::size_t>(size)) : std::string();
  }
  /// Up to a line's end.
  std::string read_line() {
    std::string line;
    while (!line.ends_with('\n')) {
      const std::string more = read();
      if (more.empty()) break;
      line += more;
    }
    return line;
  }
  bool write(std::string_view bytes) { return send_all(socket_, bytes); }
  /// With the close that follows, the other side gets a reset.
  void reset() {
    const linger now{1, 0};
    setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
  /// A byte whenever the other side has been silent for a little.
  void write_slowly(char byte) {
    pollfd waited = {socket_, POLLIN, 0};
    while (::poll(&waited, 1, 10) == 0 && write({&byte, 1})) {
    }
  }
  void write_endlessly(std::string_view bytes) {
    while (write(bytes)) {
    }
  }
  /// Says nothing until the other side is gone.
  void hang() { test::hang(socket_); }

 private:
  int socket_;
};

/// The probe's outcome, as text that is compared.
inline std::string outcome_text(const ProbeTarget& target, CheckKind kind) {
  Probing probing;
  const ProbeOutcome outcome = probing.probe(target, std::move(kind));
  return text_of(outcome) + (outcome.own_fault ? " (own fault)" : "");
}

/// The outcome against a server that does `serve` on each connection.
inline std::string outcome_against(const std::function<void(Peer&)>& serve, CheckKind kind) {
  const ProbeServer server([&](int connection) {
    Peer peer(connection);
    serve(peer);
  });
  return outcome_text(server.target(), std::move(kind));
}

}  // namespace ballast::test
