#include "drivers/real_kernel.hpp"

#include "drivers/ipvs.hpp"
#include "drivers/network.hpp"
#include "drivers/packet_filter.hpp"
#include "drivers/sysctls.hpp"

namespace ballast {

struct RealKernel::Drivers {
  NetlinkIpvs ipvs;
  NetlinkNetwork network;
  ProcSysctls sysctls;
  NftPacketFilter packet_filter;
};

RealKernel::RealKernel() : drivers_(std::make_unique<Drivers>()) {}
RealKernel::~RealKernel() = default;

Kernel RealKernel::kernel() {
  return {drivers_->ipvs, drivers_->network, drivers_->sysctls, drivers_->packet_filter};
}

}  // namespace ballast
