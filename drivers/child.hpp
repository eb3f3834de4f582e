// Child processes: check and notification scripts, git.
//
// start() costs the same however large this process is (clone with shared memory, as posix_spawn does), works beside
// other threads, and blocks its thread until the program is running or could not be. A child leads a session and
// process group of its own, so that what it forked can be killed with it; it has normal scheduling, default signal
// handling, no capabilities but root's, /dev/null or given bytes as its input and no descriptor but 0-2, and dies with
// the *thread* that started it (PR_SET_PDEATHSIG). Timeouts are the owner's: descriptor() becomes readable when the
// program ends, output_descriptor() when it printed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "drivers/descriptor.hpp"
#include "model/result.hpp"

namespace ballast {

/// Whom a program runs as.
struct User {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
};

/// By name or number, from the system's user database (may read files or ask a directory: not for the VRRP thread's
/// busy times). ENOENT: no such user.
Result<User> find_user(const std::string& name);

struct ChildOptions {
  std::vector<std::string> argv;  ///< argv[0] is the program's path; without a slash it is looked up in PATH
  std::vector<std::pair<std::string, std::string>> environment;  ///< added to that of this process, or replacing it
  std::optional<User> user;                                      ///< nullopt: as this process
  std::optional<std::string> input{};                            ///< what it reads; nullopt: /dev/null
  bool administers_network = false;  ///< has CAP_NET_ADMIN where this process has it, root or not
  bool errors_apart = false;         ///< stderr goes to errors(), not to output()
  std::size_t most_output = 4096;    ///< bytes kept; what comes after is read and thrown away, so that it never waits
};

struct ExitStatus {
  bool signalled = false;
  int code = 0;  ///< exit code, or signal number

  [[nodiscard]] bool success() const { return !signalled && code == 0; }
  /// "exit code 1", "killed by signal 9 (SIGKILL)"
  [[nodiscard]] std::string text() const;
  friend bool operator==(const ExitStatus&, const ExitStatus&) = default;
};

class Child {
 public:
  /// ENOENT, EACCES, ENOEXEC, ...: the program cannot be run; the text says which and why.
  static Result<Child> start(const ChildOptions& options);

  /// Kills the group where the program was not reaped, and waits for it, at most a tenth of a second.
  ~Child();
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;

  /// Readable when the program has ended.
  [[nodiscard]] int descriptor() const { return pidfd_.get(); }
  /// Readable when there is output; -1 after its end, when it is still open until this object ends.
  [[nodiscard]] int output_descriptor() const { return output_.ended ? -1 : output_.pipe.get(); }
  /// The same for errors that are kept apart, else -1.
  [[nodiscard]] int error_descriptor() const { return errors_.ended ? -1 : errors_.pipe.get(); }
  [[nodiscard]] pid_t pid() const { return pid_; }

  /// Takes what was printed (stdout and stderr), a bounded part of it at each call. False at its end: everybody who
  /// could print has closed it.
  bool read_output() { return output_.read(); }
  bool read_errors() { return errors_.read(); }
  [[nodiscard]] const std::string& output() const { return output_.text; }
  [[nodiscard]] const std::string& errors() const { return errors_.text; }
  /// Whether output was thrown away.
  [[nodiscard]] bool output_cut() const { return output_.cut; }

  /// Signals the program and all it forked that did not leave its group. Does nothing after reap().
  void kill_group(int signal) const;
  /// nullopt while the program runs. What it has left behind in its group runs on: kill_group() before.
  std::optional<ExitStatus> reap();

 private:
  struct Stream {
    Descriptor pipe{};
    std::string text{};
    std::size_t most = 4096;
    bool ended = true;
    bool cut = false;

    bool read();
  };

  Child() = default;
  void end();

  pid_t pid_ = -1;  ///< -1 when reaped
  Descriptor pidfd_;
  Stream output_;
  Stream errors_;
};

}  // namespace ballast
