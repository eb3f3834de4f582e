// Runs operators' programs as run_program does, as another user, and only where nobody else could have written them.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "drivers/program.hpp"

namespace boost::asio {
class io_context;
}

namespace ballast {

struct ScriptOptions {
  std::vector<std::string> argv;
  std::vector<std::pair<std::string, std::string>> environment;
  std::string user;  ///< empty: as root, keepalived_script where it exists, else nobody; else this process's
  std::chrono::milliseconds timeout{std::chrono::seconds{1}};
};

struct ScriptOutcome {
  bool passed = false;
  std::string text;              ///< "exit code 1: connection refused", "did not end within 1000 ms"
  std::optional<int> exit_code;  ///< where the program ended by itself
  bool not_started = false;      ///< refused, or could not be started: nothing was learned
};

using RunningScript = RunningProgram;

/// `done` is called once, from the loop. A program that somebody else could change is refused (script security).
RunningScript run_script(boost::asio::io_context& loop, ScriptOptions options, std::function<void(ScriptOutcome)> done);

}  // namespace ballast
