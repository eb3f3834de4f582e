#include "controller/source/git.hpp"

#include <chrono>
#include <cstdlib>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <pwd.h>
#include <unistd.h>

#include "drivers/program.hpp"

namespace ballast {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

/// A service of systemd's may have no HOME, where git and ssh look for credentials.
std::vector<std::pair<std::string, std::string>> environment() {
  std::vector<std::pair<std::string, std::string>> variables = {{"GIT_TERMINAL_PROMPT", "0"}, {"LC_ALL", "C"}};
  if (std::getenv("HOME") != nullptr) return variables;
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> buffer(16384);
  if (getpwuid_r(geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) {
    variables.emplace_back("HOME", entry.pw_dir);
  }
  return variables;
}

}  // namespace

class GitSource::Follower : public std::enable_shared_from_this<GitSource::Follower> {
 public:
  Follower(asio::io_context& loop, GitOptions options, std::string folder, Take take)
      : loop_(loop),
        options_(std::move(options)),
        folder_(std::move(folder)),
        take_(std::move(take)),
        environment_(environment()),
        next_(loop) {}

  void stop() {
    stopped_ = true;
    next_.cancel();
    running_.cancel();
  }

  std::uint64_t look_now() {
    if (machine_ || tidying_) {
      again_ = true;
      return look_ + 1;
    }
    begin(true);
    return look_;
  }

  void forget() { memory_.told.clear(); }

  void begin(bool asked) {
    ++look_;
    began_ = Clock::now();
    asked_ = asked;
    if (asked) memory_.told.clear();
    machine_.emplace(options_, folder_, memory_);
    run(machine_->begin());
  }

 private:
  void run(const git::Command& command) {
    ChildOptions child;
    child.argv = command.argv;
    child.environment = environment_;
    child.input = command.input;
    child.errors_apart = true;
    child.most_output = command.most_output;
    running_ = run_program(loop_, child, command.timeout, [weak = weak_from_this()](const ProgramOutcome& outcome) {
      const auto self = weak.lock();
      if (self && !self->stopped_) self->ended(outcome);
    });
  }

  void ended(const ProgramOutcome& outcome) {
    if (std::exchange(tidying_, false)) return wait();
    auto next = machine_->take(outcome);
    if (const auto* command = std::get_if<git::Command>(&next)) return run(*command);
    machine_.reset();
    auto& result = std::get<git::Outcome>(next);
    // What is done with it may stop all this.
    take_(look_, asked_, std::move(result));
    if (stopped_) return;
    if (const git::Command command = git::tidy(folder_, memory_); !command.argv.empty()) {
      tidying_ = true;
      return run(command);
    }
    wait();
  }

  void wait() {
    if (std::exchange(again_, false)) return begin(true);
    const double random = std::uniform_real_distribution<double>(0, 1)(random_);
    next_.expires_at(began_ + git::until_next_look(options_.interval, random));
    next_.async_wait([weak = weak_from_this()](const auto& error) {
      const auto self = weak.lock();
      if (!self || error || self->stopped_ || self->machine_ || self->tidying_) return;
      self->begin(false);
    });
  }

  asio::io_context& loop_;
  GitOptions options_;
  std::string folder_;
  Take take_;
  std::vector<std::pair<std::string, std::string>> environment_;
  git::Memory memory_;
  std::optional<git::LookMachine> machine_;  // of the look that is under way
  RunningProgram running_;
  asio::steady_timer next_;
  std::mt19937 random_{std::random_device{}()};
  Clock::time_point began_{};
  std::uint64_t look_ = 0;
  bool asked_ = false;
  bool tidying_ = false;
  bool again_ = false;
  bool stopped_ = false;
};

GitSource::GitSource(asio::io_context& loop, GitOptions options, std::string folder, Take take)
    : follower_(std::make_shared<Follower>(loop, std::move(options), std::move(folder), std::move(take))) {}

GitSource::~GitSource() {
  follower_->stop();
}

void GitSource::start() {
  follower_->begin(false);
}

std::uint64_t GitSource::look_now() {
  return follower_->look_now();
}

void GitSource::forget() {
  follower_->forget();
}

}  // namespace ballast
