// Runs programs on an Asio loop: never blocks it, ends them and all they forked when their time is over.
//
// What a program reads and prints is held in memory, bounded. Threads: the loop's only.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "drivers/child.hpp"

namespace boost::asio {
class io_context;
}

namespace ballast {

struct ProgramOutcome {
  std::optional<ExitStatus> status{};  ///< where it ended by itself
  bool timed_out = false;              ///< it was killed
  std::string failure{};               ///< why it could not be started
  std::string output{};
  std::string errors{};     ///< where they were asked for apart
  bool output_cut = false;  ///< there was more output than was to be kept

  [[nodiscard]] bool success() const { return status && status->success(); }
};

/// A program under way. Letting go of it changes nothing.
class RunningProgram {
 public:
  struct Run;
  RunningProgram() = default;
  explicit RunningProgram(const std::shared_ptr<Run>& run) : run_(run) {}
  /// Kills the program and all it forked; `done` is not called any more.
  void cancel();

 private:
  std::weak_ptr<Run> run_;
};

/// `done` is called once, from the loop.
RunningProgram run_program(boost::asio::io_context& loop, const ChildOptions& options,
                           std::chrono::milliseconds timeout, std::function<void(ProgramOutcome)> done);
/// Calls `done` from the loop with what kept a program from being started.
RunningProgram refuse_program(boost::asio::io_context& loop, std::string failure,
                              std::function<void(ProgramOutcome)> done);

}  // namespace ballast
