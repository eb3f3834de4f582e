// The kernel that the contract is checked against, real or fake, put back to a known state before each case: IPVS empty
// with its default timeouts and no daemons, devices lo, d0 and d1.5 (a veth pair) up without addresses but lo's own, no
// tunnel devices up.
#pragma once

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "drivers/kernel.hpp"

namespace ballast::contract {

class World {
 public:
  virtual ~World() = default;
  virtual Kernel kernel() = 0;
  virtual void reset() = 0;
  /// Output of a shell command in the kernel's network namespace; the fake has none.
  virtual std::string run(const std::string& command) = 0;
  virtual bool is_real() const = 0;
};

/// Set by main().
World*& world();

/// Base of each test case.
struct Case {
  Kernel kernel = fresh_kernel();

  static Kernel fresh_kernel() {
    world()->reset();
    return world()->kernel();
  }

  int add(const ServiceKey& key, const Service& service) { return write(ServiceWrite{Verb::add, &key, &service}); }
  int update(const ServiceKey& key, const Service& service) {
    return write(ServiceWrite{Verb::update, &key, &service});
  }
  int remove(const ServiceKey& key) { return write(ServiceWrite{Verb::remove, &key, nullptr}); }
  int add(const DestinationKey& key, const Destination& value) {
    return write(DestinationWrite{Verb::add, &key, &value});
  }
  int update(const DestinationKey& key, const Destination& value) {
    return write(DestinationWrite{Verb::update, &key, &value});
  }
  int remove(const DestinationKey& key) { return write(DestinationWrite{Verb::remove, &key, nullptr}); }
  int set(Timer timer, std::uint32_t seconds) { return write(TimeoutWrite{timer, seconds}); }
  int start(DaemonRole role, const SyncDaemon& daemon) { return write(DaemonWrite{Verb::add, role, &daemon}); }
  int stop(DaemonRole role) { return write(DaemonWrite{Verb::remove, role, nullptr}); }
  int write(const IpvsWrite& write) { return kernel.ipvs.write({&write, 1}).at(0); }

  int add(const AddressKey& key, const Address& value = {});
  int remove(const AddressKey& key);
  int set_link(Verb verb, const std::string& name, bool up);

  IpvsTable table();
  /// What IPVS runs, a line for each daemon.
  std::string daemons();
  /// What IPVS holds, a line for each service and destination.
  std::string ipvs();
  /// Addresses other than link-local ones and lo's own, sorted, a line for each.
  std::string addresses();
};

ServiceKey service_key(const std::string& text);
/// "10.0.0.1:80" or "[2001:db8::1]:80" of a service.
DestinationKey destination_key(const ServiceKey& service, const std::string& address, std::uint16_t port);
/// "d0 192.0.2.1/24"
AddressKey address_key(const std::string& interface, const std::string& prefix);
/// A service with this scheduler and nothing else.
Service plain(const ServiceKey& key, const std::string& scheduler = "rr");
Destination direct(std::uint32_t weight = 1);

/// A fake and a real world.
World& fake_world();
World& real_world();

}  // namespace ballast::contract
