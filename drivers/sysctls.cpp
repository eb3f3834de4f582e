// Each access opens, reads or writes once, and closes: a value has to go to the kernel in one write().
#include "drivers/sysctls.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace ballast {
namespace {

/// No parameter that means anything here is longer; the kernel's limit for a write is a page.
constexpr std::size_t largest_value = std::size_t{64} * 1024;

class File {
 public:
  File(const std::string& path, int flags) : descriptor_(open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW)) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

Error fail(const SysctlKey& key, int errnum) {
  return {"read sysctl " + key + ": " + errno_text(errnum), errnum};
}

}  // namespace

std::optional<std::string> sysctl_path(const SysctlKey& key) {
  std::string path = key;
  for (char& c : path) {
    if (c == '\0') return std::nullopt;
    c = c == '.' ? '/' : c == '/' ? '.' : c;
  }
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = std::string_view(path).substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") return std::nullopt;
    begin = end + 1;
  }
  return path;
}

SysctlValue normalised_sysctl(std::string_view text) {
  SysctlValue value;
  for (const char c : text) {
    if (!is_blank(c)) {
      value += c;
    } else if (!value.empty() && value.back() != ' ') {
      value += ' ';
    }
  }
  if (!value.empty() && value.back() == ' ') value.pop_back();
  return value;
}

Result<SysctlValue> ProcSysctls::read(const SysctlKey& key) {
  const auto path = sysctl_path(key);
  if (!path) return fail(key, EINVAL);
  const File file("/proc/sys/" + *path, O_RDONLY);
  if (file.descriptor() < 0) return fail(key, errno);
  std::string text;
  std::array<char, 4096> piece;
  while (text.size() < largest_value) {
    const ssize_t count = ::read(file.descriptor(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(key, errno);
    if (count == 0) return normalised_sysctl(text);
    text.append(piece.data(), static_cast<std::size_t>(count));
  }
  return fail(key, EFBIG);
}

int ProcSysctls::write(const SysctlKey& key, const SysctlValue& value) {
  const auto path = sysctl_path(key);
  if (!path) return EINVAL;
  const File file("/proc/sys/" + *path, O_WRONLY);
  if (file.descriptor() < 0) return errno;
  const std::string line = value + "\n";
  while (true) {
    const ssize_t count = ::write(file.descriptor(), line.data(), line.size());
    if (count == static_cast<ssize_t>(line.size())) return 0;
    // A part taken is a value that the kernel understood differently.
    if (count >= 0) return EINVAL;
    if (errno != EINTR) return errno;
  }
}

}  // namespace ballast
