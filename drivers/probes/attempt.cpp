#include "drivers/probes/attempt.hpp"

#include <fmt/format.h>

namespace ballast::probes {

void Attempt::expire(std::chrono::milliseconds timeout) {
  fail(fmt::format("no {} within {}", awaited(), duration_text(timeout)));
}

}  // namespace ballast::probes
