#include "drivers/script.hpp"

#include <algorithm>
#include <utility>

#include <unistd.h>

#include "drivers/script_security.hpp"

namespace ballast {
namespace {

Result<User> user_for(const std::string& name) {
  if (!name.empty()) return find_user(name);
  // Whoever is not root may become nobody else.
  if (geteuid() != 0) return User{"user " + std::to_string(geteuid()), geteuid(), getegid(), {}};
  if (auto user = find_user("keepalived_script")) return user;
  return find_user("nobody");
}

std::string first_line(const std::string& output) {
  constexpr std::size_t longest = 200;
  std::string line = output.substr(0, std::min(output.find('\n'), longest));
  return line.empty() ? "" : ": " + line;
}

ScriptOutcome judge(const ProgramOutcome& ended, std::chrono::milliseconds timeout) {
  if (!ended.failure.empty()) return {false, ended.failure, std::nullopt, true};
  if (!ended.status)
    return {false, "did not end within " + std::to_string(timeout.count()) + " ms", std::nullopt, false};
  ScriptOutcome outcome;
  outcome.passed = ended.success();
  outcome.text = ended.status->text() + first_line(ended.output);
  if (!ended.status->signalled) outcome.exit_code = ended.status->code;
  return outcome;
}

}  // namespace

RunningProgram run_script(boost::asio::io_context& loop, ScriptOptions options,
                          std::function<void(ScriptOutcome)> done) {
  const auto finish = [timeout = options.timeout, done = std::move(done)](const ProgramOutcome& outcome) {
    done(judge(outcome, timeout));
  };
  auto user = user_for(options.user);
  if (!user) return refuse_program(loop, user.error().text, finish);
  if (auto secure = check_script_security(options.argv.front(), *user); !secure) {
    return refuse_program(loop, secure.error().text, finish);
  }
  ChildOptions child;
  child.argv = std::move(options.argv);
  child.environment = std::move(options.environment);
  child.user = std::move(*user);
  return run_program(loop, child, options.timeout, finish);
}

}  // namespace ballast
