// /proc/<pid>/comm, cmdline and stat.
#include "drivers/processes.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <memory>
#include <optional>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "drivers/descriptor.hpp"

namespace ballast {
namespace {

constexpr std::size_t longest_comm = 15;  // TASK_COMM_LEN without its zero
/// argv[0] is at the front; a longer one cannot be a sensible name.
constexpr std::size_t looked_at = 4096;

/// The first bytes of a file of a process; nullopt where it has ended.
std::optional<std::string> read_start(int proc, const std::string& path) {
  const Descriptor file(openat(proc, path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return std::nullopt;
  std::array<char, looked_at> buffer;
  const ssize_t size = read(file.get(), buffer.data(), buffer.size());
  if (size < 0) return std::nullopt;
  return std::string(buffer.data(), static_cast<std::size_t>(size));
}

/// "123 (a name) Z 1 ...": the name may hold brackets and blanks.
bool is_zombie(const std::string& stat) {
  const std::size_t bracket = stat.rfind(')');
  return bracket != std::string::npos && bracket + 2 < stat.size() &&
         (stat[bracket + 2] == 'Z' || stat[bracket + 2] == 'X');
}

bool is_pid(const char* name) {
  return std::isdigit(static_cast<unsigned char>(*name)) != 0;
}

}  // namespace

bool is_process_name(std::string_view name, std::string_view comm, std::string_view cmdline) {
  if (name.empty()) return false;
  while (!comm.empty() && comm.back() == '\n') comm.remove_suffix(1);
  if (comm == name) return true;
  std::string_view program = cmdline.substr(0, cmdline.find('\0'));
  if (program == name) return true;
  const std::size_t slash = program.rfind('/');
  if (slash != std::string_view::npos) program.remove_prefix(slash + 1);
  if (program == name) return true;
  // Kernel threads have no command line; their names are cut too.
  return cmdline.empty() && name.size() > longest_comm && comm == name.substr(0, longest_comm);
}

Result<std::size_t> count_processes(std::string_view name, const std::string& proc) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(proc.c_str()), closedir);
  if (!directory) {
    const int errnum = errno;
    return Error{"read the processes in " + proc + ": " + errno_text(errnum), errnum};
  }
  const int at = dirfd(directory.get());
  std::size_t count = 0;
  while (const dirent* entry = readdir(directory.get())) {
    if (!is_pid(entry->d_name)) continue;
    const std::string pid = entry->d_name;
    const auto comm = read_start(at, pid + "/comm");
    if (!comm) continue;
    const auto cmdline = read_start(at, pid + "/cmdline");
    if (!cmdline || !is_process_name(name, *comm, *cmdline)) continue;
    const auto stat = read_start(at, pid + "/stat");
    if (stat && !is_zombie(*stat)) ++count;
  }
  return count;
}

}  // namespace ballast
