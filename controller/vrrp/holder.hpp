// Holds the VIPs of one virtual router in the kernel and tells the neighbours: carries out what the machine decides.
// Threads: the plane's only. Blocks for the kernel's answer, which it gives inside send(): 2 ms at a time, as many VIPs
// are added and renewed in portions, so that no advertisement is late for them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "controller/vrrp/announcements.hpp"
#include "drivers/announcer.hpp"
#include "drivers/link_monitor.hpp"
#include "drivers/vip_addresses.hpp"

namespace ballast::vrrp {

class Holder {
 public:
  /// Both outlive this. `renewal_cost`: of all VIPs once (Config).
  Holder(VipAddresses& addresses, Announcer& announcer, std::vector<Vip> vips, Duration renewal_cost, bool forwards);

  /// Begin, with the first portion; run() goes on.
  void add(std::chrono::seconds lease);
  void renew(std::chrono::seconds lease);
  /// All that is left at once: before the process ends.
  void finish();

  /// What came of it: `added`: every VIP is there since add(). `trouble`: not all can be, and why:
  /// "cannot add 192.0.2.1/24 on eth0: no such device (ENODEV)".
  struct Outcome {
    bool added = false;
    std::string trouble;
  };
  /// Once.
  std::optional<Outcome> take_outcome() { return std::exchange(outcome_, std::nullopt); }

  /// One VIP that somebody else has removed, announced once. These return empty or what went wrong.
  std::string put_back(const AddressKey& key, std::chrono::seconds lease);
  std::string remove();
  /// Other VIPs from now on; those that are none of them any more are removed, the new ones wait for add(). One with
  /// another label is another VIP: the kernel changes no label.
  std::string replace(std::vector<Vip> vips, Duration renewal_cost);

  /// Announcements::ask().
  void announce(Time now, const Announce& announce);
  /// Sends the announcements that are due, and the next portion of what is to be added or renewed.
  void run(Time now);
  /// When run() has something to do.
  [[nodiscard]] std::optional<Time> next_deadline() const;

  [[nodiscard]] const std::vector<Vip>& vips() const { return vips_; }
  /// One of these VIPs was added or removed. With another label it was another, which replace() may have removed.
  [[nodiscard]] bool has(const AddressEvent& event) const;

 private:
  [[nodiscard]] std::optional<Announcement> announcement_on(const std::string& interface) const;
  [[nodiscard]] static std::string complaint(std::span<const Vip> vips, const std::vector<int>& errnums);
  void renew_portion(std::size_t most);
  void announce_due(Time now);
  [[nodiscard]] std::size_t portion() const;

  VipAddresses& addresses_;
  Announcer& announcer_;
  std::vector<Vip> vips_;
  Duration renewal_cost_;
  bool forwards_;

  std::chrono::seconds lease_{};
  std::size_t next_ = 0;                  // VIP to renew
  std::size_t left_ = 0;                  // VIPs to renew in this round
  std::optional<std::size_t> not_added_;  // VIPs that are to be renewed before all are there
  std::optional<Outcome> outcome_;

  Announcements announcements_;
};

}  // namespace ballast::vrrp
