// The boot clock of this whole process is the simulation's: what production code reads for the time (drains) is
// virtual.
#pragma once

#include "tests/sim/random.hpp"

namespace ballast::sim::cluster {

/// What CLOCK_BOOTTIME says from now on. Other clocks stay the machine's.
void set_boot_clock(Time now);

}  // namespace ballast::sim::cluster
