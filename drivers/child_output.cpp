#include "drivers/child_output.hpp"

#include <array>
#include <csignal>

#include <fmt/format.h>
#include <poll.h>

namespace ballast {
namespace {

/// What the program left in one of its pipes when it ended.
void drain(Child& child, int (Child::*descriptor)() const, bool (Child::*read)()) {
  while ((child.*descriptor)() >= 0) {
    pollfd rest{(child.*descriptor)(), POLLIN, 0};
    if (poll(&rest, 1, 0) <= 0) return;
    (child.*read)();
  }
}

}  // namespace

Result<std::string> output_of(ChildOptions options, std::chrono::milliseconds longest) {
  const std::string name = options.argv.front();
  options.errors_apart = true;
  auto child = Child::start(options);
  if (!child) return child.error();
  const auto end = std::chrono::steady_clock::now() + longest;
  std::optional<ExitStatus> status;
  while (!status) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      child->kill_group(SIGKILL);
      return Error{fmt::format("{} does not end", name), ETIMEDOUT};
    }
    std::array<pollfd, 3> waited{{{child->output_descriptor(), POLLIN, 0},
                                  {child->error_descriptor(), POLLIN, 0},
                                  {child->descriptor(), POLLIN, 0}}};
    poll(waited.data(), waited.size(), static_cast<int>(left.count()));
    if (waited[0].revents != 0) child->read_output();
    if (waited[1].revents != 0) child->read_errors();
    status = child->reap();
  }
  drain(*child, &Child::output_descriptor, &Child::read_output);
  drain(*child, &Child::error_descriptor, &Child::read_errors);
  if (child->output_cut()) {
    return Error{fmt::format("{} prints more than {} bytes", name, options.most_output), EFBIG};
  }
  if (!status->success()) {
    std::string words = child->errors();
    words = words.substr(0, words.find('\n'));
    return Error{fmt::format("{}: {}{}{}", name, status->text(), words.empty() ? "" : ": ", words), EIO};
  }
  return child->output();
}

}  // namespace ballast
