// A kernel in memory for tests: the twin of drivers/ipvs.hpp, network.hpp and sysctls.hpp.
#pragma once

#include "fakes/fake_ipvs.hpp"
#include "fakes/fake_network.hpp"
#include "fakes/fake_packet_filter.hpp"
#include "fakes/fake_sysctls.hpp"

namespace ballast {

struct FakeKernel {
  FakeIpvs ipvs;
  FakeSysctls sysctls;
  FakeNetwork network{sysctls};
  FakePacketFilter packet_filter;

  FakeKernel() = default;
  FakeKernel(const FakeKernel&) = delete;
  FakeKernel& operator=(const FakeKernel&) = delete;

  Kernel kernel() { return {ipvs, network, sysctls, packet_filter}; }
  /// Everything that was written, or tried to be, in all four.
  [[nodiscard]] int commands() const;
};

}  // namespace ballast
