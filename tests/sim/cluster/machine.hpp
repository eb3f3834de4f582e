// One machine of a simulated cluster: a kernel in memory that outlives the process and not a reboot, a disk that
// outlives both, somebody who changes things by hand, and a watch on every write of Ballast.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "drivers/state_dir.hpp"
#include "fakes/fake_kernel.hpp"
#include "tests/sim/cluster/wish.hpp"

namespace ballast::sim::cluster {

class Process;

/// What somebody else made in the kernel, and nobody else may touch.
struct Foreign {
  std::map<ServiceKey, Service> services;
  std::map<DestinationKey, Destination> destinations;
  std::set<AddressKey> addresses;
};

/// How a kernel misbehaves.
struct KernelFaults {
  int refused_percent = 0;  ///< of all writes
  int errnum = 0;           ///< with which
  int failed_dumps_percent = 0;
  [[nodiscard]] bool any() const { return refused_percent > 0 || failed_dumps_percent > 0; }
};

struct Machine {
  Machine(const Layout& layout, int number, const std::string& directory);
  ~Machine();

  /// A new kernel and an empty /run.
  void boot();
  /// VIPs that VRRP holds now, which the kernel has with a lifetime.
  void set_vips(const std::set<int>& routers);

  int number;
  std::string name;
  bool director;
  StateDir run;  ///< /run/ballast
  std::unique_ptr<FakeKernel> kernel;
  std::shared_ptr<const Revision> last_good;  ///< on disk
  std::string health_record;                  ///< in /run/ballast
  Foreign foreign;
  KernelFaults faults;

  std::unique_ptr<Process> process;  ///< null: none
  std::uint64_t process_number = 0;
  bool powered = true;
  bool paused = false;
  bool frozen = false;                             ///< paused, the kernel too
  std::deque<std::function<void()>> while_paused;  ///< what waits for the process
  Time told_role{};                                ///< when the process hears of its newest role
  bool serving = true;                             ///< its web server answers
  Time disturbed = Time{0};           ///< when somebody or a fault last kept the kernel from being as wanted
  Time in_force_since = Time{0};      ///< the manifest
  std::map<int, Time> probes_failed;  ///< when one failed last, by target machine
};

}  // namespace ballast::sim::cluster
