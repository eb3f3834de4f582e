// Two nodes on one cable, as network namespaces of the running kernel: what the drivers do is real.
// The calling thread is in one namespace at a time; sockets stay in the one in which they were opened.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "drivers/descriptor.hpp"
#include "model/ip.hpp"

namespace ballast::test {

/// Nodes `left` and `right` with an interface e0 each, up, MACs 02:00:00:00:00:01 and :02, 192.0.2.1/24 and .2,
/// 2001:db8::1/64 and ::2, link-local fe80::1 and fe80::2. Starts on the left; ends where the thread was before.
class Lab {
 public:
  Lab();
  ~Lab();

  void left() const;
  void right() const;

 private:
  Descriptor before_;
  Descriptor left_;
  Descriptor right_;
};

/// Runs a shell command in this namespace and requires that it succeeds; what it printed.
std::string run(const std::string& command);

/// Whether the descriptor becomes readable in time.
bool readable(int descriptor, std::chrono::milliseconds timeout = std::chrono::seconds(3));

IpAddress ip(const std::string& text);

/// All frames that pass an interface of this namespace, and what tcpdump says about them.
class Sniffer {
 public:
  explicit Sniffer(const std::string& interface);
  using Frame = std::vector<std::uint8_t>;
  /// The next frame that came in with this Ethernet type; empty where none does in time.
  Frame next(std::uint16_t type, std::chrono::milliseconds timeout = std::chrono::seconds(3));

 private:
  Descriptor socket_;
};

/// tcpdump's words about one frame: "-e -n -v".
std::string explain(std::span<const std::uint8_t> frame);

}  // namespace ballast::test
