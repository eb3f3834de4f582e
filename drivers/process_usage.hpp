// What this process uses of the machine.
#pragma once

#include <chrono>
#include <cstdint>

namespace ballast {

struct ProcessUsage {
  double cpu_seconds = 0;  ///< of all threads, in user and system mode
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t open_descriptors = 0;
  std::uint64_t most_descriptors = 0;  ///< RLIMIT_NOFILE
  std::uint64_t threads = 0;
  std::chrono::duration<double> started{};  ///< since the epoch
};

/// What /proc does not tell is 0.
ProcessUsage process_usage();

}  // namespace ballast
