// flock(2) and rename(2) do the work.
#include "drivers/state_dir.hpp"

#include <cerrno>
#include <filesystem>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ballast {
namespace {

constexpr std::size_t largest_state_file = 256U << 20;
constexpr std::chrono::milliseconds lock_poll{20};

Error failed(const std::string& what, const std::string& path, int errnum) {
  return {what + " " + path + ": " + errno_text(errnum) + (errnum == EACCES ? "; be root" : ""), errnum};
}

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return value_; }
  int release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

int write_all(int descriptor, const std::string& text) {
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = ::write(descriptor, text.data() + written, text.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    written += static_cast<std::size_t>(count);
  }
  return 0;
}

long pid_in(int descriptor) {
  char text[32] = {};
  const ssize_t count = ::pread(descriptor, text, sizeof text - 1, 0);
  return count > 0 ? std::strtol(text, nullptr, 10) : 0;
}

}  // namespace

Lock::~Lock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<Lock> StateDir::lock(std::chrono::milliseconds timeout, const std::function<void(long pid)>& waiting) {
  std::error_code error;
  std::filesystem::create_directories(path_, error);
  if (error) return failed("cannot make the state directory", path_, error.value());
  const std::string path = path_of("lock");
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (file.get() < 0) return failed("cannot open", path, errno);

  const auto deadline = std::chrono::steady_clock::now() + timeout;
  bool told = false;
  while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return failed("cannot lock", path, errno);
    if (!told) waiting(pid_in(file.get()));
    told = true;
    if (std::chrono::steady_clock::now() >= deadline) {
      return Error{"another ballast process (pid " + std::to_string(pid_in(file.get())) +
                       ") is changing this node and has not finished; nothing was changed",
                   ETIMEDOUT};
    }
    std::this_thread::sleep_for(lock_poll);
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(file.get(), 0) != 0 || ::pwrite(file.get(), pid.data(), pid.size(), 0) < 0) {
    return failed("cannot write", path, errno);
  }
  return Lock(file.release());
}

Result<std::optional<std::string>> StateDir::load(const std::string& name) const {
  auto text = read_file(path_of(name), largest_state_file);
  if (text) return std::optional(std::move(*text));
  if (text.error().errnum == ENOENT) return std::optional<std::string>();
  return text.error();
}

Result<void> StateDir::save(const std::string& name, const std::string& text) const {
  return replace_file(path_of(name), text, 0644);
}

Result<void> replace_file(const std::string& path, const std::string& text, unsigned mode) {
  const std::string temporary = path + ".new";
  const Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
  if (file.get() < 0) return failed("cannot write", temporary, errno);
  // One that was left behind has its own mode.
  if (::fchmod(file.get(), mode) != 0) return failed("cannot write", temporary, errno);
  if (const int errnum = write_all(file.get(), text); errnum != 0) return failed("cannot write", temporary, errnum);
  if (::fsync(file.get()) != 0) return failed("cannot write", temporary, errno);
  if (::rename(temporary.c_str(), path.c_str()) != 0) return failed("cannot replace", path, errno);
  const std::string folder = std::filesystem::path(path).parent_path();
  const Descriptor parent(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.get() < 0 || ::fsync(parent.get()) != 0) return failed("cannot replace", path, errno);
  return {};
}

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return failed("cannot read", path, errno);
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0) return failed("cannot read", path, errno);
  if (S_ISDIR(status.st_mode)) return failed("cannot read", path, EISDIR);

  std::string text;
  if (S_ISREG(status.st_mode)) text.reserve(std::min(static_cast<std::size_t>(status.st_size), limit) + 1);
  char buffer[65536];
  while (true) {
    const ssize_t count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("cannot read", path, errno);
    if (count == 0) return text;
    if (text.size() + static_cast<std::size_t>(count) > limit) return failed("cannot read", path, EFBIG);
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

}  // namespace ballast
