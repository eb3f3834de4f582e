// Servers on the loopback that behave as well or as badly as a test wants, each in a thread of its own, and the loop
// that probes them.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include <boost/asio/io_context.hpp>

#include "drivers/descriptor.hpp"
#include "drivers/probes/prober.hpp"

namespace ballast::test {

class ProbeServer {
 public:
  /// `serve` is called with each connection, one after another, and may block; what it leaves open is closed.
  explicit ProbeServer(std::function<void(int)> serve, const std::string& address = "127.0.0.1");
  /// All clients must have gone.
  ~ProbeServer();
  ProbeServer(const ProbeServer&) = delete;
  ProbeServer& operator=(const ProbeServer&) = delete;

  [[nodiscard]] ProbeTarget target() const { return target_; }
  /// Accepted until now.
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void run(const std::function<void(int)>& serve);

  ProbeTarget target_;
  Descriptor listener_;
  std::atomic<int> connections_{0};
  std::thread thread_;
};

/// Reads until a whole header is there; what was read, empty where the client has gone.
std::string read_request(int connection);
/// False where the client has gone.
bool send_all(int connection, std::string_view bytes);
/// Until the client has gone.
void hang(int connection);

/// Each connection gets `reply` to its first request, and is closed.
std::function<void(int)> answers(std::string reply);
/// "HTTP/1.1 200 OK" with this body.
std::string ok(const std::string& body, const std::string& fields = "");

struct Probing {
  boost::asio::io_context loop{1};
  std::optional<Prober> prober{loop};

  /// One attempt, until it has ended.
  ProbeOutcome probe(const ProbeTarget& target, CheckKind kind);
};

/// "passed: 200 OK", "failed: connection refused".
std::string text_of(const ProbeOutcome& outcome);

/// A port of 127.0.0.1 where nobody listens.
ProbeTarget nobody_there();

}  // namespace ballast::test
