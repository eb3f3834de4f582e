#include "drivers/program.hpp"

#include <csignal>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace ballast {
namespace {

namespace asio = boost::asio;
using asio::posix::stream_descriptor;

/// A pipe holds no more than several calls read; who is still printing then has left its group.
constexpr int last_reads = 4;

}  // namespace

/// Keeps itself alive until the program has ended.
struct RunningProgram::Run : std::enable_shared_from_this<Run> {
  Run(asio::io_context& loop, std::function<void(ProgramOutcome)> then)
      : ended(loop), output(loop), errors(loop), deadline(loop), done(std::move(then)) {}

  ~Run() {
    // The descriptors are the child's.
    for (stream_descriptor* descriptor : {&ended, &output, &errors}) {
      if (descriptor->is_open()) descriptor->release();
    }
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  void begin(Child started, std::chrono::milliseconds timeout) {
    child = std::move(started);
    ended.assign(child->descriptor());
    output.assign(child->output_descriptor());
    if (child->error_descriptor() >= 0) errors.assign(child->error_descriptor());
    ended.async_wait(stream_descriptor::wait_read, [self = shared_from_this()](const auto& error) {
      if (!error) self->end();
    });
    deadline.expires_after(timeout);
    deadline.async_wait([self = shared_from_this()](const auto& error) {
      if (error || self->finished) return;
      self->outcome.timed_out = true;
      self->child->kill_group(SIGKILL);
    });
    read_output();
    if (errors.is_open()) read_errors();
  }

  void refuse(std::string failure) {
    outcome.failure = std::move(failure);
    asio::post(output.get_executor(), [self = shared_from_this()] { self->tell(); });
  }

  void cancel() {
    done = nullptr;
    if (child && !finished) child->kill_group(SIGKILL);  // it is reaped as ever
  }

  void read_output() {
    output.async_wait(stream_descriptor::wait_read, [self = shared_from_this()](const auto& error) {
      if (!error && !self->finished && self->child->read_output()) self->read_output();
    });
  }

  void read_errors() {
    errors.async_wait(stream_descriptor::wait_read, [self = shared_from_this()](const auto& error) {
      if (!error && !self->finished && self->child->read_errors()) self->read_errors();
    });
  }

  void end() {
    finished = true;
    child->kill_group(SIGKILL);  // what it has left behind
    for (int i = 0; i < last_reads; ++i) {
      child->read_output();
      child->read_errors();
    }
    const auto status = child->reap();
    deadline.cancel();
    output.cancel();
    if (errors.is_open()) errors.cancel();
    if (!outcome.timed_out) outcome.status = status.value_or(ExitStatus{false, 255});
    outcome.output = child->output();
    outcome.errors = child->errors();
    outcome.output_cut = child->output_cut();
    tell();
  }

  void tell() {
    if (done) std::exchange(done, nullptr)(std::move(outcome));
  }

  std::optional<Child> child;
  stream_descriptor ended;
  stream_descriptor output;
  stream_descriptor errors;
  asio::steady_timer deadline;
  std::function<void(ProgramOutcome)> done;
  ProgramOutcome outcome;
  bool finished = false;
};

void RunningProgram::cancel() {
  if (const auto run = run_.lock()) run->cancel();
}

RunningProgram run_program(asio::io_context& loop, const ChildOptions& options, std::chrono::milliseconds timeout,
                           std::function<void(ProgramOutcome)> done) {
  auto child = Child::start(options);
  if (!child) return refuse_program(loop, child.error().text, std::move(done));
  const auto run = std::make_shared<RunningProgram::Run>(loop, std::move(done));
  run->begin(std::move(*child), timeout);
  return RunningProgram(run);
}

RunningProgram refuse_program(asio::io_context& loop, std::string failure, std::function<void(ProgramOutcome)> done) {
  const auto run = std::make_shared<RunningProgram::Run>(loop, std::move(done));
  run->refuse(std::move(failure));
  return RunningProgram(run);
}

}  // namespace ballast
