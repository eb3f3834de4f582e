// Addresses and devices in memory, with the kernel's errno and side effects (devinet.c, addrconf.c): secondaries follow
// their primary, an IPv6 scope follows from the address. Held to that by the contract tests.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "drivers/kernel.hpp"
#include "fakes/fake_sysctls.hpp"
#include "fakes/faults.hpp"

namespace ballast {

class FakeNetwork : public Network {
 public:
  /// The loopback device with its addresses, up.
  explicit FakeNetwork(FakeSysctls& sysctls);

  Result<std::vector<ObservedAddress>> dump_addresses() override;
  Result<std::vector<ObservedLink>> dump_links() override;
  std::vector<int> write(std::span<const AddressWrite> writes) override;
  std::vector<int> write(std::span<const LinkWrite> writes) override;

  /// As somebody else would.
  void add_device(const std::string& name, bool up);
  /// An address that somebody else adds.
  int add_foreign(const AddressKey& key, const Address& value, bool finite = false);
  int remove_address(const AddressKey& key);

  std::vector<ObservedLink> links;
  std::vector<ObservedAddress> addresses;
  /// Devices that a module brings along which the kernel finds when it is asked for.
  std::set<std::string> loadable{"tunl0", "gre0", "ip6tnl0", "ip6gre0", "sit0"};
  bool permitted = true;
  bool knows_protocol = true;  ///< IFA_PROTO, since 5.18

  int address_commands = 0;
  int link_commands = 0;
  Faults<AddressWrite> address_faults;
  Faults<LinkWrite> link_faults;

 private:
  int carry_out(const AddressWrite& write);
  int carry_out(const LinkWrite& write);
  int add_address(ObservedAddress address);
  ObservedLink* find_device(const std::string& name);
  void forget_secondaries_of(const ObservedAddress& primary);

  FakeSysctls& sysctls_;
};

}  // namespace ballast
