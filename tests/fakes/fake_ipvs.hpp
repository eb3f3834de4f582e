// IPVS in memory, with the kernel's errno for everything that Ballast can ask of it (ip_vs_ctl.c). The contract tests
// hold it to that against the real one. Tests change `services`, `destinations` and so on as somebody else would.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "drivers/kernel.hpp"
#include "fakes/faults.hpp"

namespace ballast {

class FakeIpvs : public Ipvs {
 public:
  bool present() override { return loaded; }
  Result<IpvsTable> dump() override;
  Result<IpvsTable> dump(std::span<const ServiceKey> keys) override;
  Result<std::size_t> count_ipv4_services() override;
  Result<bool> has(const ServiceKey& key) override;
  std::vector<int> write(std::span<const IpvsWrite> writes) override;

  std::map<ServiceKey, Service> services;
  std::map<DestinationKey, Destination> destinations;
  std::map<DestinationKey, Connections> connections;
  std::map<Timer, std::uint32_t> timeouts{{Timer::tcp, 900}, {Timer::tcp_fin, 120}, {Timer::udp, 300}};

  std::map<DaemonRole, SyncDaemon> daemons;
  std::set<std::string> interfaces{"d0", "d1.5", "lo", "eth0", "eth1"};  ///< that a daemon can be started on

  bool loaded = true;    ///< whether the module is in the kernel
  bool loadable = true;  ///< whether the kernel finds the module when it is asked for
  bool permitted = true;
  std::set<std::string> schedulers{"rr", "wrr", "lc",  "wlc", "lblc", "lblcr", "dh",
                                   "sh", "mh",  "sed", "nq",  "fo",   "ovf",   "none"};
  std::set<std::string> engines{"sip"};

  int write_calls = 0;            ///< how often write() was called with something to do
  int full_dumps = 0;             ///< how often the whole table was read
  std::size_t services_read = 0;  ///< how many services all dumps have shown
  int commands = 0;               ///< how many commands it was given
  Faults<IpvsWrite> faults;

 private:
  int load();
  int carry_out(const IpvsWrite& write);
  int carry_out(const ServiceWrite& write);
  int carry_out(const DestinationWrite& write);
  int carry_out(const TimeoutWrite& write);
  int carry_out(const DaemonWrite& write);
  [[nodiscard]] int check(const ServiceKey& key, const Service& service) const;
  void remove_service(const ServiceKey& key);
};

}  // namespace ballast
