#include "controller/health/machine.hpp"

#include <limits>

namespace ballast::health {

namespace {

void count(std::uint16_t& number) {
  if (number < std::numeric_limits<std::uint16_t>::max()) ++number;
}

}  // namespace

Machine::Step Machine::step(const Check& check, bool passed) {
  Step step;
  if (!passed) {
    count(attempts_);
    if (attempts_ <= check.retries.value) {
      step.retry_after = check.retry_delay.value;
      return step;
    }
  }
  attempts_ = 0;
  const Life before = life_;
  if (passed) {
    fails_ = 0;
    count(passes_);
    if (life_ == Life::unknown || passes_ >= check.rise.value) life_ = Life::up;
  } else {
    passes_ = 0;
    count(fails_);
    if (fails_ >= check.fall.value) life_ = Life::down;
  }
  step.changed = life_ != before;
  return step;
}

}  // namespace ballast::health
