#include "controller/runtime/vitals.hpp"

#include <fmt/format.h>

namespace ballast {
namespace {

long long seconds(Vitals::Time::duration time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time).count();
}

}  // namespace

std::string ailment(const Vitals& vitals, Vitals::Time now) {
  if (vitals.vrrp_asked_at && now - *vitals.vrrp_asked_at > longest_vrrp_silence) {
    return fmt::format("the VRRP thread has not answered for {} s", seconds(now - *vitals.vrrp_asked_at));
  }
  if (vitals.worker_busy_since && now - *vitals.worker_busy_since > longest_work) {
    return fmt::format("the reconciling thread has been at one piece of work for {} s",
                       seconds(now - *vitals.worker_busy_since));
  }
  // A retry may be a minute away; while the worker is at work the look is about to come.
  if (!vitals.worker_busy_since && now - vitals.last_look > longest_work + 3 * vitals.look_every) {
    return fmt::format("the kernel has not been looked at for {} s", seconds(now - vitals.last_look));
  }
  return {};
}

}  // namespace ballast
