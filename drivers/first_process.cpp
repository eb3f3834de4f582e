#include "drivers/first_process.hpp"

#include <cerrno>
#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

namespace ballast {
namespace {

/// Reaps all that have ended; how `child` did, where it is among them.
std::optional<int> reap_all(pid_t child) {
  std::optional<int> ended;
  int status = 0;
  for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    if (pid == child) ended = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return ended;
}

}  // namespace

std::optional<int> be_first_process() {
  if (getpid() != 1) return std::nullopt;
  // Blocked, they wait for sigwaitinfo() and none is lost before the child is there.
  sigset_t all{};
  sigset_t before{};
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, &before);
  const pid_t child = fork();
  if (child <= 0) {
    // Without a child (no memory, no process number) the program goes on as PID 1: it does its work, and reaps its own
    // only.
    sigprocmask(SIG_SETMASK, &before, nullptr);
    return std::nullopt;
  }
  for (;;) {
    siginfo_t info{};
    const int signal = sigwaitinfo(&all, &info);
    if (signal < 0) continue;  // EINTR: stopped and continued
    if (signal != SIGCHLD) {
      // Of a terminal's keys the child hears by itself.
      if (info.si_code != SI_KERNEL) kill(child, signal);
    } else if (const auto ended = reap_all(child)) {
      return ended;
    }
  }
}

}  // namespace ballast
