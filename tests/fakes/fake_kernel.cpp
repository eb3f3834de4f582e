// Sums over the four fakes.
#include "fakes/fake_kernel.hpp"

namespace ballast {

int FakeKernel::commands() const {
  return ipvs.commands + network.address_commands + network.link_commands + sysctls.commands + packet_filter.commands;
}

}  // namespace ballast
