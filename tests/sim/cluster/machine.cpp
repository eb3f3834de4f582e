#include "tests/sim/cluster/machine.hpp"

#include <algorithm>
#include <filesystem>

#include "tests/sim/cluster/process.hpp"

namespace ballast::sim::cluster {

Machine::Machine(const Layout& layout, int machine, const std::string& directory)
    : number(machine),
      name(layout.name(machine)),
      director(layout.is_director(machine)),
      run(directory + "/" + layout.name(machine)) {
  boot();
}

Machine::~Machine() = default;

void Machine::boot() {
  std::error_code ignored;
  std::filesystem::remove_all(run.path_of(""), ignored);
  health_record.clear();
  foreign = {};
  kernel = std::make_unique<FakeKernel>();
  kernel->network.add_device("eth0", true);
  kernel->network.add_foreign({"eth0", {address_of(number), 24}}, {});
  foreign.addresses.insert({"eth0", {address_of(number), 24}});
}

void Machine::set_vips(const std::set<int>& routers) {
  auto& addresses = kernel->network.addresses;
  std::erase_if(addresses, [](const ObservedAddress& each) { return each.finite; });
  for (const int router : routers) {
    const AddressKey key{"eth0", {vip_of(router), 24}};
    addresses.push_back({key, {}, address_protocol, true, true});
  }
}

}  // namespace ballast::sim::cluster
