// VIPs with a lease: addresses that the kernel removes by itself unless they are renewed in time.
//
// Threads: one at a time, with a netlink socket of its own. Blocks only for the kernel's answer, which it gives inside
// send(); many VIPs travel in one. About 10 us each with IPv4. With IPv6 each addition and renewal makes the kernel
// walk through all IPv6 addresses of the namespace (net/ipv6/addrconf.c, addrconf_verify_rtnl()): 300 us each at 1,000
// of them. Who has timers to keep gives a few dozen at a time, and many IPv6 VIPs a longer lease. Lifetimes are whole
// seconds, and the kernel removes an address 0.04-0.25 s after its end (net/ipv4/devinet.c, check_lifetime()). It
// cannot renew only what is there: a VIP that is gone is added by a renewal (inet_rtm_newaddr()).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "drivers/kernel.hpp"
#include "drivers/netlink_socket.hpp"

namespace ballast {

struct Vip {
  AddressKey key;
  Address value;             ///< scope and label; IPv6 ignores both
  std::uint32_t metric = 0;  ///< of the connected route (IFA_RT_PRIORITY); 0: the kernel's default
  /// IPv6: the interface has an address of its own in this prefix, whose on-link route must not expire with the VIP.
  /// add() finds it out; each renewal repeats it.
  bool shares_prefix = false;

  friend bool operator==(const Vip&, const Vip&) = default;
};

using Lease = std::chrono::seconds;

class VipAddresses {
 public:
  // Element i of what these return is 0 or the errno of VIP i: ENODEV: no such interface; EACCES, EPERM: not allowed
  // (EACCES also where IPv6 is disabled on the interface); EINVAL: a label that is longer than 15 characters.

  /// Adds what is not there; what is (a lease of before, or an address added by hand) becomes ours, with this lease.
  /// Fills shares_prefix. IPv6 addresses can be used at once (no duplicate address detection). nullopt: for ever.
  std::vector<int> add(std::span<Vip> vips, std::optional<Lease> lease);

  /// The look of add(): fills shares_prefix. Who adds a few at a time looks once, and renews them.
  void find_shared_prefixes(std::span<Vip> vips);

  /// The same without looking, with what add() has found out.
  std::vector<int> renew(std::span<const Vip> vips, std::optional<Lease> lease);

  /// So that the addresses outlive the process (upgrade).
  std::vector<int> make_permanent(std::span<const Vip> vips) { return renew(vips, std::nullopt); }

  /// The last first, since secondary addresses go with the primary one of their subnet. What is gone is no error.
  std::vector<int> remove(std::span<const Vip> vips);

 private:
  int open();
  template <class Order, class Put>
  std::vector<int> send(std::span<const Vip> vips, Order order, Put put);

  std::optional<NetlinkSocket> socket_;
  Message message_;
};

}  // namespace ballast
