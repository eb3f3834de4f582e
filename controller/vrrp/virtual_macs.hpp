// The devices of routers with a virtual MAC, and the kernel parameters of other devices that were changed for them.
// Both are written down in the state directory before they are made: a process that comes after a crash, or after one
// that left its VIPs to it, gives back what it did not take. Threads: one at a time. Blocks for the kernel's answers
// and for the state directory (of /run, memory).
#pragma once

#include <string>
#include <vector>

#include "drivers/macvlan.hpp"
#include "drivers/state_dir.hpp"
#include "drivers/sysctls.hpp"

namespace ballast::vrrp {

class VirtualMacs {
 public:
  /// `state_dir` must exist when something is made.
  explicit VirtualMacs(std::string state_dir);
  VirtualMacs(const VirtualMacs&) = delete;  // the witness points here
  VirtualMacs& operator=(const VirtualMacs&) = delete;

  /// Takes up what an earlier process has left, and removes what of it is none of `wanted`. The texts say what failed.
  std::vector<std::string> take_up(const std::vector<VirtualMac>& wanted);

  /// The device's index.
  Result<unsigned> create(const VirtualMac& wanted);
  /// With the last device, the changed parameters get their values from before.
  Result<void> remove(const VirtualMac& device);

 private:
  Result<void> load();
  Result<void> save() const;
  Result<void> forget(const std::string& name);

  StateDir directory_;
  ProcSysctls sysctls_;
  MacvlanDevices macvlans_;
  std::vector<VirtualMac> devices_;
  std::vector<SysctlChange> changes_;
};

}  // namespace ballast::vrrp
