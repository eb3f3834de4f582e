// Holds the VIPs of one virtual router in the kernel and tells the neighbours: carries out what the machine decides.
// Threads: the plane's only. Blocks for the kernel's answer, which it gives inside send().
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "controller/vrrp/events.hpp"
#include "drivers/announcer.hpp"
#include "drivers/vip_addresses.hpp"

namespace ballast::vrrp {

class Holder {
 public:
  /// Both outlive this.
  Holder(VipAddresses& addresses, Announcer& announcer, std::vector<Vip> vips, bool forwards);

  /// Empty, or why not all VIPs are there: "192.0.2.1/24 on eth0: no such device (ENODEV)".
  std::string add(std::chrono::seconds lease);
  std::string renew(std::chrono::seconds lease);
  std::string remove();
  /// Other VIPs from now on; those that are none of them any more are removed, the new ones wait for add().
  std::string replace(std::vector<Vip> vips);

  /// From now on `announce.count` times every VIP, pacing apart; replaces what is still to be sent.
  void announce(Time now, const Announce& announce);
  /// Sends what is due.
  void run(Time now);
  /// When run() has something to do.
  [[nodiscard]] std::optional<Time> next_deadline() const;
  void stop_announcing() { pending_.clear(); }

  [[nodiscard]] const std::vector<Vip>& vips() const { return vips_; }
  [[nodiscard]] bool has(const AddressKey& key) const;

 private:
  [[nodiscard]] std::optional<Announcement> announcement_on(const std::string& interface) const;
  [[nodiscard]] static std::string complaint(const std::vector<Vip>& vips, const std::vector<int>& errnums);

  VipAddresses& addresses_;
  Announcer& announcer_;
  std::vector<Vip> vips_;
  bool forwards_;

  struct Pending {
    Time due{};
    Announcement announcement;
  };
  std::deque<Pending> pending_;
};

}  // namespace ballast::vrrp
