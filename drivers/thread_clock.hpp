// The processor time that the calling thread has used.
#pragma once

#include <chrono>
#include <ctime>

namespace ballast {

inline std::chrono::nanoseconds thread_cpu_time() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::chrono::seconds{used.tv_sec} + std::chrono::nanoseconds{used.tv_nsec};
}

}  // namespace ballast
