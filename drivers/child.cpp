// Starting a program: all memory is prepared before clone(), and in the child only system calls happen, since it shares
// its memory with the parent, whose other threads run on and may hold any lock.
#include "drivers/child.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ballast {
namespace {

constexpr std::size_t stack_bytes = std::size_t{64} * 1024;
constexpr std::size_t read_bytes = 4096;
constexpr int reads_at_once = 16;
constexpr int end_timeout_ms = 100;

/// Everything that the child needs, as system calls want it.
struct Plan {
  std::vector<std::string> programs;  ///< paths to try, one after the other
  std::vector<char*> argv;
  std::vector<std::string> environment;
  std::vector<char*> envp;
  const User* user = nullptr;
  int input = -1;  ///< -1: /dev/null
  int output = -1;
  int errors = -1;
  bool administers_network = false;
  pid_t parent = 0;
  sigset_t signals{};  ///< to be blocked in the program: none

  const char* failed = nullptr;  ///< written by the child
  int errnum = 0;
};

int fail(Plan& plan, const char* doing) {
  plan.errnum = errno;
  plan.failed = doing;
  return 127;
}

// AddressSanitizer clears what it knows of a stack when functions return; these end by execve(), and the next child
// gets a stack at the same place.
[[gnu::no_sanitize_address]] void reset_signals() {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) {
    if (signal != SIGKILL && signal != SIGSTOP) sigaction(signal, &standard, nullptr);
  }
}

/// System calls themselves: the C library's functions would change all threads of the parent (nptl, setxid).
bool become(const User& user) {
  // Who may not change its user can still run programs as itself, with the groups that it has.
  const bool is_us = user.uid == getuid() && user.gid == getgid();
  if (syscall(SYS_setgroups, user.groups.size(), user.groups.data()) != 0 && !(is_us && errno == EPERM)) return false;
  return syscall(SYS_setresgid, user.gid, user.gid, user.gid) == 0 &&
         syscall(SYS_setresuid, user.uid, user.uid, user.uid) == 0;
}

/// As ambient capabilities, the only ones that a program without any of its own inherits from who is not root. What
/// this process has not got, the program misses.
void keep_network_administration() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capget, &header, sets) != 0) return;
  sets[CAP_TO_INDEX(CAP_NET_ADMIN)].inheritable |= CAP_TO_MASK(CAP_NET_ADMIN);
  if (syscall(SYS_capset, &header, sets) != 0) return;
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_ADMIN, 0, 0);
}

/// Runs in the child. Nothing here may allocate, lock, or change memory that the parent minds.
[[gnu::no_sanitize_address]] int run_child(void* argument) {
  Plan& plan = *static_cast<Plan*>(argument);
  reset_signals();
  if (setsid() < 0) return fail(plan, "start a session");
  const sched_param ordinary{};
  sched_setscheduler(0, SCHED_OTHER, &ordinary);
  setpriority(PRIO_PROCESS, 0, 0);

  const int input = plan.input >= 0 ? plan.input : open("/dev/null", O_RDONLY);
  // Above 2 first, or putting one in its place could close another.
  const int output = fcntl(plan.output, F_DUPFD, 3);
  const int errors = fcntl(plan.errors, F_DUPFD, 3);
  const int moved_input = fcntl(input, F_DUPFD, 3);
  if (input < 0 || output < 0 || errors < 0 || moved_input < 0 || dup2(moved_input, 0) < 0 || dup2(output, 1) < 0 ||
      dup2(errors, 2) < 0) {
    return fail(plan, "connect input and output");
  }
  if (syscall(SYS_close_range, 3U, ~0U, 0U) != 0) return fail(plan, "close descriptors");
  if (plan.user != nullptr && !become(*plan.user)) return fail(plan, "become the user");
  // A controller that is not root may have its capabilities in a way that programs inherit.
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if (plan.administers_network) keep_network_administration();
  // After the change of user, which clears it. The parent may be gone already.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return fail(plan, "follow the parent");
  if (getppid() != plan.parent) _exit(127);
  if (chdir("/") != 0) return fail(plan, "enter /");
  sigprocmask(SIG_SETMASK, &plan.signals, nullptr);

  int errnum = ENOENT;
  for (const std::string& program : plan.programs) {
    execve(program.c_str(), plan.argv.data(), plan.envp.data());
    if (errno != ENOENT && errno != ENOTDIR) errnum = errno;
  }
  errno = errnum;
  return fail(plan, "execute");
}

/// A path with a slash is taken as it is; else every folder of PATH.
std::vector<std::string> places_of(const std::string& program) {
  if (program.find('/') != std::string::npos) return {program};
  const char* variable = getenv("PATH");
  const std::string folders = variable != nullptr ? variable : "/usr/sbin:/usr/bin:/sbin:/bin";
  std::vector<std::string> places;
  for (std::size_t begin = 0; begin <= folders.size();) {
    const std::size_t end = std::min(folders.find(':', begin), folders.size());
    // An empty part would mean the working directory: not from here.
    if (end > begin && folders[begin] == '/') places.push_back(folders.substr(begin, end - begin) + "/" + program);
    begin = end + 1;
  }
  return places;
}

std::vector<std::string> environment_of(const ChildOptions& options) {
  std::vector<std::string> result;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('='));
    const bool replaced = std::any_of(options.environment.begin(), options.environment.end(),
                                      [&](const auto& addition) { return addition.first == name; });
    if (!replaced) result.emplace_back(text);
  }
  for (const auto& [name, value] : options.environment) result.push_back(name + "=" + value);
  return result;
}

std::vector<char*> pointers_of(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

bool has_zero(const std::string& text) {
  return text.find('\0') != std::string::npos;
}

bool is_sound(const ChildOptions& options) {
  if (options.argv.empty() || options.argv.front().empty()) return false;
  return std::none_of(options.argv.begin(), options.argv.end(), has_zero) &&
         std::none_of(options.environment.begin(), options.environment.end(), [](const auto& entry) {
           return entry.first.empty() || entry.first.find('=') != std::string::npos || has_zero(entry.first) ||
                  has_zero(entry.second);
         });
}

/// clone() as posix_spawn() does it: shared memory, the parent's thread waits until execve() or the end.
pid_t clone_child(Plan& plan, int& pidfd) {
  void* stack = mmap(nullptr, stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) return -1;
  // No handler of this process may run in the child, where it would change this process's memory.
  sigset_t all{};
  sigset_t before{};
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD;
  const pid_t pid = clone(run_child, static_cast<char*>(stack) + stack_bytes, flags, &plan, &pidfd);
  const int errnum = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  munmap(stack, stack_bytes);
  errno = errnum;
  return pid;
}

struct Pipe {
  Descriptor read_end{};
  Descriptor write_end{};
};

std::string user_text(const std::optional<User>& user) {
  return user ? " as " + user->name : "";
}

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return Error{errno_text(errno), errno};
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

/// A file in memory: unlike a pipe, nobody has to feed it while the program reads.
Result<Descriptor> make_input(const std::string& text) {
  Descriptor file(memfd_create("input", MFD_CLOEXEC));
  if (file.get() < 0) return Error{errno_text(errno), errno};
  for (std::size_t written = 0; written < text.size();) {
    const ssize_t size = write(file.get(), text.data() + written, text.size() - written);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return Error{errno_text(errno), errno};
    written += static_cast<std::size_t>(size);
  }
  lseek(file.get(), 0, SEEK_SET);
  return file;
}

template <class Find>
int look_up(Find find, passwd& entry, std::vector<char>& buffer) {
  passwd* found = nullptr;
  int errnum = 0;
  for (buffer.resize(1024); (errnum = find(&entry, buffer.data(), buffer.size(), &found)) == ERANGE;) {
    buffer.resize(buffer.size() * 2);
  }
  if (errnum != 0) return errnum;
  return found != nullptr ? 0 : ENOENT;
}

}  // namespace

Result<User> find_user(const std::string& name) {
  passwd entry{};
  std::vector<char> buffer;
  int errnum = look_up([&](auto... rest) { return getpwnam_r(name.c_str(), rest...); }, entry, buffer);
  uid_t number = 0;
  const char* end = name.data() + name.size();
  const auto [stop, failure] = std::from_chars(name.data(), end, number);
  if (errnum != 0 && failure == std::errc{} && stop == end) {
    errnum = look_up([&](auto... rest) { return getpwuid_r(number, rest...); }, entry, buffer);
  }
  // The database tells "there is none" in several ways (getpwnam(3)).
  if (errnum == ENOENT || errnum == ESRCH || errnum == EBADF || errnum == EPERM) {
    return Error{"there is no user " + name, ENOENT};
  }
  if (errnum != 0) return Error{"look up user " + name + ": " + errno_text(errnum), errnum};

  User user{entry.pw_name, entry.pw_uid, entry.pw_gid, std::vector<gid_t>(32)};
  int count = static_cast<int>(user.groups.size());
  while (getgrouplist(entry.pw_name, entry.pw_gid, user.groups.data(), &count) < 0) {
    user.groups.resize(std::max(static_cast<std::size_t>(count), user.groups.size() * 2));
    count = static_cast<int>(user.groups.size());
  }
  user.groups.resize(static_cast<std::size_t>(count));
  return user;
}

std::string ExitStatus::text() const {
  if (!signalled) return "exit code " + std::to_string(code);
  const char* name = sigabbrev_np(code);
  return "killed by signal " + std::to_string(code) + (name != nullptr ? std::string(" (SIG") + name + ")" : "");
}

Result<Child> Child::start(const ChildOptions& options) {
  if (!is_sound(options)) return Error{"run a program: no path, or a zero byte in its arguments", EINVAL};
  const std::string doing = "run " + options.argv.front() + user_text(options.user) + ": ";
  const auto failed = [&](const Error& error) { return Error{doing + error.text, error.errnum}; };
  auto output = make_pipe();
  if (!output) return failed(output.error());
  auto errors = options.errors_apart ? make_pipe() : Result<Pipe>(Pipe{});
  if (!errors) return failed(errors.error());
  auto input = options.input ? make_input(*options.input) : Result<Descriptor>(Descriptor{});
  if (!input) return failed(input.error());
  Child child;
  child.output_ = {std::move(output->read_end), {}, options.most_output, false, false};
  child.errors_ = {std::move(errors->read_end), {}, options.most_output, !options.errors_apart, false};

  Plan plan;
  plan.programs = places_of(options.argv.front());
  plan.argv = pointers_of(options.argv);
  plan.environment = environment_of(options);
  plan.envp = pointers_of(plan.environment);
  plan.user = options.user ? &*options.user : nullptr;
  plan.administers_network = options.administers_network;
  plan.input = input->get();
  plan.output = output->write_end.get();
  plan.errors = options.errors_apart ? errors->write_end.get() : plan.output;
  plan.parent = getpid();
  sigemptyset(&plan.signals);

  int pidfd = -1;
  const pid_t pid = clone_child(plan, pidfd);
  if (pid < 0) {
    const int errnum = errno;
    return Error{doing + errno_text(errnum), errnum};
  }
  child.pid_ = pid;
  child.pidfd_ = Descriptor(pidfd);
  if (plan.failed != nullptr) {
    const std::string step = std::strcmp(plan.failed, "execute") == 0 ? "" : std::string(plan.failed) + ": ";
    return Error{doing + step + errno_text(plan.errnum), plan.errnum};
  }
  return child;
}

void Child::end() {
  if (pid_ < 0) return;
  kill_group(SIGKILL);
  pollfd ended{pidfd_.get(), POLLIN, 0};
  while (poll(&ended, 1, end_timeout_ms) < 0 && errno == EINTR) {
  }
  reap();
}

Child::~Child() {
  end();
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      output_(std::move(other.output_)),
      errors_(std::move(other.errors_)) {}

Child& Child::operator=(Child&& other) noexcept {
  if (this != &other) {
    end();
    pid_ = std::exchange(other.pid_, -1);
    pidfd_ = std::move(other.pidfd_);
    output_ = std::move(other.output_);
    errors_ = std::move(other.errors_);
  }
  return *this;
}

bool Child::Stream::read() {
  std::array<char, read_bytes> buffer;
  for (int i = 0; i < reads_at_once && !ended; ++i) {
    const ssize_t size = ::read(pipe.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return true;
    if (size <= 0) {
      // It stays open: somebody's event loop still knows it by its number, which must not become another file's.
      ended = true;
      return false;
    }
    const std::size_t room = most - text.size();
    text.append(buffer.data(), std::min(room, static_cast<std::size_t>(size)));
    cut = cut || static_cast<std::size_t>(size) > room;
  }
  return !ended;
}

void Child::kill_group(int signal) const {
  if (pid_ > 0) kill(-pid_, signal);
}

std::optional<ExitStatus> Child::reap() {
  if (pid_ < 0) return std::nullopt;
  siginfo_t info{};
  while (waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED | WNOHANG) != 0) {
    if (errno == EINTR) continue;
    // Somebody else has reaped it (SIGCHLD ignored): how it ended is lost.
    pid_ = -1;
    return ExitStatus{false, 255};
  }
  if (info.si_pid == 0) return std::nullopt;
  pid_ = -1;
  return ExitStatus{info.si_code != CLD_EXITED, info.si_status};
}

}  // namespace ballast
