// Servers for probes, each a thread with blocking sockets on 127.0.0.1, and a probe that is run to its end.
// A server waits for the other side and never for time.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/descriptor.hpp"
#include "drivers/probes/prober.hpp"

namespace ballast::test {

/// Of probes that are to end by themselves: a busy machine never reaches it.
inline constexpr std::chrono::seconds patience{60};
/// Of probes that are to run out of it.
inline constexpr std::chrono::milliseconds impatience{200};

inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// A socket bound to a free port of 127.0.0.1. Of TCP it refuses until it listens, of UDP as soon as it is closed.
struct BoundSocket {
  explicit BoundSocket(int type) : socket(::socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
    REQUIRE(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port = ntohs(address.sin_port);
  }
  Descriptor socket;
  std::uint16_t port = 0;
};

/// Runs `serve` in a thread until it returns; the destructor makes its waits return false and joins.
class ServerThread {
 public:
  explicit ServerThread(std::function<void(ServerThread&)> serve)
      : stop_(eventfd(0, EFD_CLOEXEC)), thread_([this, serve = std::move(serve)] { serve(*this); }) {}
  ~ServerThread() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(stop_.get(), &one, sizeof one);
    thread_.join();
  }
  ServerThread(const ServerThread&) = delete;
  ServerThread& operator=(const ServerThread&) = delete;

  /// Until there is something to read, or the other side is gone; false at the test's end.
  bool wait(int descriptor, short events = POLLIN) {
    pollfd waited[2] = {{descriptor, events, 0}, {stop_.get(), POLLIN, 0}};
    return ::poll(waited, 2, -1) > 0 && waited[1].revents == 0;
  }

 private:
  Descriptor stop_;
  std::thread thread_;
};

/// One accepted connection.
class Peer {
 public:
  Peer(ServerThread& thread, int socket) : thread_(thread), socket_(socket) {}

  /// What comes next; empty where the other side is gone.
  std::string read() {
    char buffer[4096];
    if (!thread_.wait(socket_.get())) return {};
    const ssize_t size = ::recv(socket_.get(), buffer, sizeof buffer, 0);
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
  bool write(std::string_view bytes) { return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0; }
  void reset() {
    const linger now{1, 0};
    setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    socket_.reset();
  }
  /// A byte whenever the other side has been silent for a little.
  void write_slowly(char byte) {
    pollfd waited = {socket_.get(), POLLIN, 0};
    while (::poll(&waited, 1, 10) == 0 && write({&byte, 1})) {
    }
  }
  void write_endlessly(std::string_view bytes) {
    while (thread_.wait(socket_.get(), POLLOUT) && write(bytes)) {
    }
  }
  /// Says nothing until the other side is gone.
  void hang() {
    while (!read().empty()) {
    }
  }
  [[nodiscard]] int descriptor() const { return socket_.get(); }

 private:
  ServerThread& thread_;
  Descriptor socket_;
};

class TcpServer {
 public:
  using Serve = std::function<void(Peer&)>;
  explicit TcpServer(Serve serve) : bound_(SOCK_STREAM) {
    REQUIRE(::listen(bound_.socket.get(), 8) == 0);
    thread_.emplace([this, serve = std::move(serve)](ServerThread& thread) {
      while (thread.wait(bound_.socket.get())) {
        Peer peer(thread, ::accept4(bound_.socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
        serve(peer);
      }
    });
  }
  [[nodiscard]] std::uint16_t port() const { return bound_.port; }

 private:
  BoundSocket bound_;
  std::optional<ServerThread> thread_;
};

/// `answer` is called with each datagram, counted from 1; nullopt: none.
class UdpServer {
 public:
  using Answer = std::function<std::optional<std::string>(const std::string& question, int count)>;
  explicit UdpServer(Answer answer) : bound_(SOCK_DGRAM) {
    thread_.emplace([this, answer = std::move(answer)](ServerThread& thread) {
      for (int count = 1; thread.wait(bound_.socket.get()); ++count) {
        char buffer[65536];
        sockaddr_in from{};
        socklen_t size = sizeof from;
        auto* address = reinterpret_cast<sockaddr*>(&from);
        const ssize_t got = ::recvfrom(bound_.socket.get(), buffer, sizeof buffer, 0, address, &size);
        if (got < 0) continue;
        const auto said = answer(std::string(buffer, static_cast<std::size_t>(got)), count);
        if (said) ::sendto(bound_.socket.get(), said->data(), said->size(), 0, address, size);
      }
    });
  }
  [[nodiscard]] std::uint16_t port() const { return bound_.port; }

 private:
  BoundSocket bound_;
  std::optional<ServerThread> thread_;
};

inline ProbeTarget local(std::uint16_t port) {
  return {*IpAddress::parse("127.0.0.1"), port, std::nullopt, 0};
}

/// The probe's outcome, once it has one.
inline ProbeOutcome probe(const ProbeTarget& target, CheckKind kind) {
  boost::asio::io_context loop;
  Prober prober(loop);
  std::optional<ProbeOutcome> outcome;
  auto work = boost::asio::make_work_guard(loop);
  prober.start(target, std::make_shared<const CheckKind>(std::move(kind)), [&](ProbeOutcome what) {
    CHECK_FALSE(outcome.has_value());
    outcome = std::move(what);
    loop.stop();
  });
  CHECK_FALSE(outcome.has_value());
  loop.run();
  return *outcome;
}

/// "passed: 220 ...", "failed: ...": what is compared.
inline std::string outcome_text(const ProbeTarget& target, CheckKind kind) {
  const ProbeOutcome outcome = probe(target, std::move(kind));
  return (outcome.passed ? "passed: " : "failed: ") + outcome.text + (outcome.own_fault ? " (own fault)" : "");
}

}  // namespace ballast::test
