// /proc/<pid>/comm, cmdline and stat.
#include "drivers/processes.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
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

namespace {

/// Shows each process that is no zombie: its directory in /proc, what comm and cmdline hold.
template <class Visit>
Result<void> for_each_process(const std::string& proc, Visit visit) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(proc.c_str()), closedir);
  if (!directory) {
    const int errnum = errno;
    return Error{"read the processes in " + proc + ": " + errno_text(errnum), errnum};
  }
  const int at = dirfd(directory.get());
  while (const dirent* entry = readdir(directory.get())) {
    if (!is_pid(entry->d_name)) continue;
    const std::string pid = entry->d_name;
    const auto comm = read_start(at, pid + "/comm");
    if (!comm) continue;
    const auto cmdline = read_start(at, pid + "/cmdline");
    if (cmdline) visit(at, pid, *comm, *cmdline);
  }
  return {};
}

bool is_alive(int proc, const std::string& pid) {
  const auto stat = read_start(proc, pid + "/stat");
  return stat && !is_zombie(*stat);
}

/// "net:[4026531840]"; empty where it may not be known.
std::string network_namespace(int proc, const std::string& pid) {
  std::array<char, 64> link{};
  const ssize_t size = readlinkat(proc, (pid + "/ns/net").c_str(), link.data(), link.size());
  return size > 0 ? std::string(link.data(), static_cast<std::size_t>(size)) : std::string();
}

}  // namespace

Result<std::size_t> count_processes(std::string_view name, const std::string& proc) {
  std::size_t count = 0;
  const auto read =
      for_each_process(proc, [&](int at, const std::string& pid, const std::string& comm, const std::string& cmdline) {
        if (is_process_name(name, comm, cmdline) && is_alive(at, pid)) ++count;
      });
  if (!read) return read.error();
  return count;
}

Result<std::vector<Process>> find_processes(const std::vector<std::string>& names, const std::string& proc) {
  std::vector<Process> found;
  const auto read =
      for_each_process(proc, [&](int at, const std::string& pid, const std::string& comm, const std::string& cmdline) {
        const auto name = std::find_if(names.begin(), names.end(),
                                       [&](const auto& each) { return is_process_name(each, comm, cmdline); });
        if (name == names.end() || !is_alive(at, pid)) return;
        const std::string theirs = network_namespace(at, pid);
        const std::string ours = network_namespace(at, "self");
        if (!theirs.empty() && !ours.empty() && theirs != ours) return;
        std::string arguments = cmdline;
        while (!arguments.empty() && arguments.back() == '\0') arguments.pop_back();
        std::replace(arguments.begin(), arguments.end(), '\0', ' ');
        found.push_back({std::atoi(pid.c_str()), *name, std::move(arguments)});
      });
  if (!read) return read.error();
  return found;
}

}  // namespace ballast
