#include "controller/vrrp/holder.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include <net/if.h>

namespace ballast::vrrp {
namespace {

/// Frames sent at once, and the pause after them: a switch floods each to all of its ports, and the queues of those who
/// listen (1,000 packets by Linux's default) must not overflow.
constexpr std::size_t frames_at_once = 100;
constexpr Duration queue_drain = std::chrono::milliseconds{1};

}  // namespace

Holder::Holder(VipAddresses& addresses, Announcer& announcer, std::vector<Vip> vips, bool forwards)
    : addresses_(addresses), announcer_(announcer), vips_(std::move(vips)), forwards_(forwards) {}

std::string Holder::complaint(const std::vector<Vip>& vips, const std::vector<int>& errnums) {
  for (std::size_t i = 0; i < errnums.size(); ++i) {
    if (errnums[i] != 0) return vips[i].key.text() + ": " + errno_text(errnums[i]);
  }
  return {};
}

std::string Holder::add(std::chrono::seconds lease) {
  return complaint(vips_, addresses_.add(vips_, lease));
}

std::string Holder::renew(std::chrono::seconds lease) {
  return complaint(vips_, addresses_.renew(vips_, lease));
}

std::string Holder::remove() {
  stop_announcing();
  return complaint(vips_, addresses_.remove(vips_));
}

std::string Holder::replace(std::vector<Vip> vips) {
  const std::vector<Vip> before = std::exchange(vips_, std::move(vips));
  std::vector<Vip> gone;
  std::copy_if(before.begin(), before.end(), std::back_inserter(gone), [&](const Vip& vip) { return !has(vip.key); });
  if (gone.empty()) return {};
  stop_announcing();
  return complaint(gone, addresses_.remove(gone));
}

std::optional<Announcement> Holder::announcement_on(const std::string& interface) const {
  const unsigned index = ::if_nametoindex(interface.c_str());
  const auto mac = announcer_.mac_of(index);
  if (!mac) return std::nullopt;
  return Announcement{index, *mac, {}, forwards_};
}

void Holder::announce(Time now, const Announce& announce) {
  pending_.clear();
  Time due = now;
  std::size_t in_burst = 0;
  std::map<std::string, std::optional<Announcement>> places;  // each interface is asked once
  for (int round = 0; round < announce.count; ++round) {
    for (const Vip& vip : vips_) {
      const auto [place, is_new] = places.try_emplace(vip.key.interface);
      if (is_new) place->second = announcement_on(vip.key.interface);
      if (!place->second) continue;  // gone, or no Ethernet: nobody asks there
      place->second->vip = vip.key.prefix.address;
      pending_.push_back({due, *place->second});
      due += announce.pacing;
      if (++in_burst % frames_at_once == 0 && announce.pacing == Duration{0}) due += queue_drain;
    }
  }
  run(now);
}

void Holder::run(Time now) {
  std::vector<Announcement> due;
  while (!pending_.empty() && pending_.front().due <= now && due.size() < frames_at_once) {
    due.push_back(pending_.front().announcement);
    pending_.pop_front();
  }
  // What does not go out now is sent again by the machine's later announcements.
  if (!due.empty()) announcer_.announce(due);
}

std::optional<Time> Holder::next_deadline() const {
  if (pending_.empty()) return std::nullopt;
  return pending_.front().due;
}

bool Holder::has(const AddressKey& key) const {
  return std::any_of(vips_.begin(), vips_.end(), [&](const Vip& vip) { return vip.key == key; });
}

}  // namespace ballast::vrrp
