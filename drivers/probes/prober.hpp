// Single attempts to find out whether a server answers: connects, asks, judges the reply, within the check's timeout.
//
// Whatever the server does (endless replies, resets, a byte a second, garbage), an attempt takes bounded memory and
// ends in time with one outcome whose text an operator understands. What judges replies is pure and lives in files of
// its own; this is the part that holds sockets.
// Threads: the loop's only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "model/checks.hpp"

namespace boost::asio {
class io_context;
}

namespace ballast {

/// Where a probe goes, and from where.
struct ProbeTarget {
  IpAddress address;
  std::uint16_t port = 0;  ///< 0 where the check needs none (ping, script)
  std::optional<IpAddress> source;
  std::uint32_t mark = 0;  ///< SO_MARK of its sockets; 0: none

  friend auto operator<=>(const ProbeTarget&, const ProbeTarget&) = default;
};

struct ProbeOutcome {
  bool passed = false;
  std::string text;                     ///< "connected", "200 OK", "connection refused", "no answer within 2s"
  std::optional<std::uint32_t> weight;  ///< that a script asks for
  bool own_fault = false;               ///< for want of descriptors, memory or rights here: says nothing of the server
};

class Prober {
 public:
  /// At most `most_under_way` attempts hold descriptors at a time, by default as many as the process's limit allows;
  /// further ones wait in order, and their timeouts begin with their turn.
  explicit Prober(boost::asio::io_context& loop, std::optional<std::size_t> most_under_way = std::nullopt);
  /// Ends all attempts; their `done` is not called.
  ~Prober();
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;

  using Done = std::function<void(ProbeOutcome)>;
  /// One attempt. `done` is called once, from the loop, never from within start(). The kind is kept until then.
  void start(const ProbeTarget& target, std::shared_ptr<const CheckKind> kind, Done done);

 private:
  class Attempts;
  std::shared_ptr<Attempts> attempts_;  // shared with calls in which ~Prober may happen
};

}  // namespace ballast
