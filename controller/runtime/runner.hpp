// `ballast run`: the VRRP plane in its thread, and beside it what the rest of the node needs: its configuration
// applied, checks that priorities depend on, notifications, the API on a unix socket, signals.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "controller/node.hpp"
#include "controller/report/log.hpp"
#include "controller/runtime/sources.hpp"

namespace ballast {

struct RunOptions {
  NodeOptions node;  ///< its paths are the source's
  SourceOptions source;
  std::chrono::milliseconds resync{5000};  ///< between two looks at the kernel that nothing else has caused
  std::optional<std::size_t>
      max_removals;           ///< of services, or of one service's members, by a new manifest; absent: half
  bool keep = false;          ///< on stop, leave the VIPs to a successor that starts within their lease
  int realtime_priority = 0;  ///< SCHED_FIFO for the VRRP thread; 0: normal scheduling
  bool lock_memory = false;
  LogFormat log_format = LogFormat::text;
  LogLevel log_level = LogLevel::info;
  std::vector<std::string> listen;           ///< addresses on which anyone may look: http::TcpAddress
  std::size_t metrics_destinations = 10000;  ///< up to so many have metrics of their own
};

class Runner {
 public:
  explicit Runner(RunOptions options);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Runs until SIGTERM or SIGINT, or SIGUSR2, which leaves the VIPs to a successor; looks at the source at SIGHUP.
  /// Errors: what keeps it from starting.
  Result<void> run();

 private:
  class Node;
  std::unique_ptr<Node> running_;
};

}  // namespace ballast
