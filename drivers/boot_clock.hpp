// The clock that goes on while the machine sleeps, and is the same for all processes until the next boot.
#pragma once

#include <chrono>

#include <time.h>

namespace ballast {

/// CLOCK_BOOTTIME, since the boot.
inline std::chrono::nanoseconds boot_time() {
  timespec now = {};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec};
}

}  // namespace ballast
