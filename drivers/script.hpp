// Runs operators' programs on an Asio loop: never blocks it, ends them and all they forked when their time is over.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "drivers/child.hpp"

namespace boost::asio {
class io_context;
}

namespace ballast {

struct ScriptOptions {
  std::vector<std::string> argv;
  std::vector<std::pair<std::string, std::string>> environment;
  std::string user;  ///< empty: keepalived_script where that user exists, else nobody
  std::chrono::milliseconds timeout{std::chrono::seconds{1}};
};

struct ScriptOutcome {
  bool passed = false;
  std::string text;              ///< "exit code 1: connection refused", "did not end within 1000 ms"
  std::optional<int> exit_code;  ///< where the program ended by itself
};

/// A program under way. Letting go of it changes nothing.
class RunningScript {
 public:
  struct Run;
  RunningScript() = default;
  explicit RunningScript(const std::shared_ptr<Run>& run) : run_(run) {}
  /// Kills the program and all it forked; `done` is not called any more.
  void cancel();

 private:
  std::weak_ptr<Run> run_;
};

/// `done` is called once, from the loop. A program that somebody else could change is refused (script security).
RunningScript run_script(boost::asio::io_context& loop, ScriptOptions options, std::function<void(ScriptOutcome)> done);

}  // namespace ballast
