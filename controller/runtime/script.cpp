#include "controller/runtime/script.hpp"

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

/// One running program; keeps itself alive until it has ended.
class Run : public std::enable_shared_from_this<Run> {
 public:
  Run(asio::io_context& loop, Child child, std::chrono::milliseconds timeout, std::function<void(ScriptOutcome)> done)
      : child_(std::move(child)),
        ended_(loop, child_.descriptor()),
        output_(loop, child_.output_descriptor()),
        deadline_(loop, timeout),
        timeout_(timeout),
        done_(std::move(done)) {}

  ~Run() {
    // The descriptors are the child's.
    ended_.release();
    output_.release();
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  void begin() {
    ended_.async_wait(stream_descriptor::wait_read, [self = shared_from_this()](const auto& error) {
      if (!error) self->end();
    });
    deadline_.async_wait([self = shared_from_this()](const auto& error) {
      if (error || self->finished_) return;
      self->timed_out_ = true;
      self->child_.kill_group(SIGKILL);
    });
    read();
  }

 private:
  void read() {
    output_.async_wait(stream_descriptor::wait_read, [self = shared_from_this()](const auto& error) {
      if (!error && !self->finished_ && self->child_.read_output()) self->read();
    });
  }

  void end() {
    finished_ = true;
    child_.read_output();
    child_.kill_group(SIGKILL);  // what it has left behind
    const auto status = child_.reap();
    deadline_.cancel();
    output_.cancel();
    ScriptOutcome outcome;
    outcome.passed = !timed_out_ && status && status->success();
    if (timed_out_) {
      outcome.text = "did not end within " + std::to_string(timeout_.count()) + " ms";
    } else {
      outcome.text = (status ? status->text() : std::string("ended")) + first_line(child_.output());
    }
    done_(std::move(outcome));
  }

  Child child_;
  stream_descriptor ended_;
  stream_descriptor output_;
  asio::steady_timer deadline_;
  std::chrono::milliseconds timeout_;
  std::function<void(ScriptOutcome)> done_;
  bool timed_out_ = false;
  bool finished_ = false;
};

}  // namespace

void run_script(asio::io_context& loop, ScriptOptions options, std::function<void(ScriptOutcome)> done) {
  const auto refuse = [&](const std::string& text) {
    asio::post(loop, [done = std::move(done), text] { done({false, text}); });
  };
  auto user = user_for(options.user);
  if (!user) return refuse(user.error().text);
  if (auto secure = check_script_security(options.argv.front(), *user); !secure) return refuse(secure.error().text);
  auto child = Child::start({options.argv, options.environment, *user});
  if (!child) return refuse(child.error().text);
  std::make_shared<Run>(loop, std::move(*child), options.timeout, std::move(done))->begin();
}

}  // namespace ballast
