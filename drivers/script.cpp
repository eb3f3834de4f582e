#include "drivers/script.hpp"

#include <csignal>
#include <memory>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "drivers/script_security.hpp"

namespace ballast {
namespace {

namespace asio = boost::asio;
using asio::posix::stream_descriptor;

Result<User> user_for(const std::string& name) {
  if (!name.empty()) return find_user(name);
  if (auto user = find_user("keepalived_script")) return user;
  return find_user("nobody");
}

std::string first_line(const std::string& output) {
  constexpr std::size_t longest = 200;
  std::string line = output.substr(0, std::min(output.find('\n'), longest));
  return line.empty() ? "" : ": " + line;
}

}  // namespace

/// One running program, or one that was refused; keeps itself alive until it has ended.
struct RunningScript::Run : std::enable_shared_from_this<Run> {
  Run(asio::io_context& loop, std::chrono::milliseconds longest, std::function<void(ScriptOutcome)> then)
      : ended(loop), output(loop), deadline(loop), timeout(longest), done(std::move(then)) {}

  ~Run() {
    // The descriptors are the child's.
    if (ended.is_open()) ended.release();
    if (output.is_open()) output.release();
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  void begin(Child started) {
    child = std::move(started);
    ended.assign(child->descriptor());
    output.assign(child->output_descriptor());
    ended.async_wait(stream_descriptor::wait_read, [self = shared_from_this()](const auto& error) {
      if (!error) self->end();
    });
    deadline.expires_after(timeout);
    deadline.async_wait([self = shared_from_this()](const auto& error) {
      if (error || self->finished) return;
      self->timed_out = true;
      self->child->kill_group(SIGKILL);
    });
    read();
  }

  void refuse(std::string text) {
    asio::post(output.get_executor(), [self = shared_from_this(), text = std::move(text)] {
      self->tell({false, text, std::nullopt});
    });
  }

  void cancel() {
    done = nullptr;
    if (child && !finished) child->kill_group(SIGKILL);  // it is reaped as ever
  }

  void read() {
    output.async_wait(stream_descriptor::wait_read, [self = shared_from_this()](const auto& error) {
      if (!error && !self->finished && self->child->read_output()) self->read();
    });
  }

  void end() {
    finished = true;
    child->read_output();
    child->kill_group(SIGKILL);  // what it has left behind
    const auto status = child->reap();
    deadline.cancel();
    output.cancel();
    ScriptOutcome outcome;
    if (timed_out) {
      outcome.text = "did not end within " + std::to_string(timeout.count()) + " ms";
    } else {
      outcome.passed = status && status->success();
      outcome.text = (status ? status->text() : std::string("ended")) + first_line(child->output());
      if (status && !status->signalled) outcome.exit_code = status->code;
    }
    tell(std::move(outcome));
  }

  void tell(ScriptOutcome outcome) {
    if (done) std::exchange(done, nullptr)(std::move(outcome));
  }

  std::optional<Child> child;
  stream_descriptor ended;
  stream_descriptor output;
  asio::steady_timer deadline;
  std::chrono::milliseconds timeout;
  std::function<void(ScriptOutcome)> done;
  bool timed_out = false;
  bool finished = false;
};

void RunningScript::cancel() {
  if (const auto run = run_.lock()) run->cancel();
}

RunningScript run_script(asio::io_context& loop, ScriptOptions options, std::function<void(ScriptOutcome)> done) {
  const auto run = std::make_shared<RunningScript::Run>(loop, options.timeout, std::move(done));
  const auto begin = [&]() -> Result<Child> {
    auto user = user_for(options.user);
    if (!user) return user.error();
    if (auto secure = check_script_security(options.argv.front(), *user); !secure) return secure.error();
    return Child::start({options.argv, options.environment, *user});
  };
  if (auto child = begin()) {
    run->begin(std::move(*child));
  } else {
    run->refuse(child.error().text);
  }
  return RunningScript(run);
}

}  // namespace ballast
