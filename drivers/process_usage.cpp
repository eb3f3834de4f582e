#include "drivers/process_usage.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

namespace ballast {
namespace {

/// Numbers of /proc/PID/stat from the third field on; proc(5) counts from 1. The second is a name that may hold
/// anything, and ends with the last bracket.
class ProcStat {
 public:
  ProcStat() {
    std::ifstream file("/proc/self/stat");
    std::string text;
    std::getline(file, text);
    const std::size_t name_end = text.rfind(')');
    if (name_end == std::string::npos) return;
    std::istringstream rest(text.substr(name_end + 1));
    for (std::string field; rest >> field;) fields_.push_back(field);
  }
  [[nodiscard]] double field(std::size_t number) const {
    return number - 3 < fields_.size() ? std::strtod(fields_[number - 3].c_str(), nullptr) : 0;
  }

 private:
  std::vector<std::string> fields_;
};

double seconds_of(clockid_t clock) {
  timespec now = {};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

std::uint64_t count_descriptors() {
  std::error_code error;
  std::uint64_t count = 0;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end; !error && entry != end;
       entry.increment(error)) {
    ++count;
  }
  return count == 0 ? 0 : count - 1;  // less the one that looks
}

}  // namespace

ProcessUsage process_usage() {
  const ProcStat stat;
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  ProcessUsage usage;
  usage.cpu_seconds = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  usage.threads = static_cast<std::uint64_t>(stat.field(20));
  usage.virtual_bytes = static_cast<std::uint64_t>(stat.field(23));
  usage.resident_bytes =
      static_cast<std::uint64_t>(stat.field(24)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  usage.open_descriptors = count_descriptors();
  rlimit limit = {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) usage.most_descriptors = limit.rlim_cur;
  // Field 22 counts from the boot. Once: who sets the clock does not start us anew.
  static const std::chrono::duration<double> started(seconds_of(CLOCK_REALTIME) - seconds_of(CLOCK_BOOTTIME) +
                                                     stat.field(22) / ticks);
  usage.started = started;
  return usage;
}

}  // namespace ballast
