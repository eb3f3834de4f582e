// Takes the place of libc's function, which the dynamic linker would find later.
#include "tests/sim/cluster/clock.hpp"

#include <ctime>

#include <sys/syscall.h>
#include <unistd.h>

namespace {

std::chrono::nanoseconds virtual_boot_time{};

}  // namespace

namespace ballast::sim::cluster {

void set_boot_clock(Time now) {
  virtual_boot_time = now;
}

}  // namespace ballast::sim::cluster

extern "C" int clock_gettime(clockid_t clock, timespec* out) noexcept {
  if (clock != CLOCK_BOOTTIME) return static_cast<int>(::syscall(SYS_clock_gettime, clock, out));
  const auto seconds = std::chrono::floor<std::chrono::seconds>(virtual_boot_time);
  out->tv_sec = seconds.count();
  out->tv_nsec = (virtual_boot_time - seconds).count();
  return 0;
}
