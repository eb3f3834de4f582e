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

/// What adding and renewing may take before the loop looks at packets and deadlines again: less than a tenth of any
/// interval from 20 ms on.
constexpr Duration longest_portion = std::chrono::milliseconds{2};

}  // namespace

Holder::Holder(VipAddresses& addresses, Announcer& announcer, std::vector<Vip> vips, Duration renewal_cost,
               bool forwards)
    : addresses_(addresses),
      announcer_(announcer),
      vips_(std::move(vips)),
      renewal_cost_(renewal_cost),
      forwards_(forwards) {}

std::string Holder::complaint(std::span<const Vip> vips, const std::vector<int>& errnums) {
  for (std::size_t i = 0; i < errnums.size(); ++i) {
    if (errnums[i] != 0) return vips[i].key.text() + ": " + errno_text(errnums[i]);
  }
  return {};
}

void Holder::add(std::chrono::seconds lease) {
  addresses_.find_shared_prefixes(vips_);
  next_ = 0;
  not_added_ = vips_.size();
  renew(lease);
}

/// A round that has not ended goes on where it is, so that the last VIPs get their turn however often this is called.
void Holder::renew(std::chrono::seconds lease) {
  lease_ = lease;
  left_ = vips_.size();
  renew_portion(portion());
}

void Holder::finish() {
  while (left_ > 0) renew_portion(left_);
}

std::size_t Holder::portion() const {
  const auto count = static_cast<Duration::rep>(vips_.size());
  const Duration each = std::max<Duration>(renewal_cost_ / std::max<Duration::rep>(count, 1), Duration{1});
  return static_cast<std::size_t>(std::max<Duration::rep>(longest_portion / each, 1));
}

void Holder::renew_portion(std::size_t most) {
  if (next_ >= vips_.size()) next_ = 0;
  const std::size_t count = std::min({most, left_, vips_.size() - next_});
  const std::span<const Vip> some = std::span<const Vip>(vips_).subspan(next_, count);
  const std::string trouble = complaint(some, addresses_.renew(some, lease_));
  next_ += count;
  left_ -= count;
  if (!trouble.empty()) {
    left_ = 0;
    outcome_ = Outcome{false, (not_added_ ? "cannot add " : "cannot renew ") + trouble};
    not_added_.reset();
  } else if (not_added_) {
    *not_added_ -= std::min(*not_added_, count);
    if (*not_added_ == 0) outcome_ = Outcome{true, {}};
    if (*not_added_ == 0) not_added_.reset();
  }
}

std::string Holder::put_back(const AddressKey& key, std::chrono::seconds lease) {
  const auto vip = std::find_if(vips_.begin(), vips_.end(), [&](const Vip& each) { return each.key == key; });
  if (vip == vips_.end()) return {};
  const std::span<const Vip> one(&*vip, 1);
  std::string trouble = complaint(one, addresses_.renew(one, lease));
  auto announcement = announcement_on(key.interface);
  if (trouble.empty() && announcement) {
    announcement->vip = key.prefix.address;
    pending_.push_front({Time{0}, *announcement});
  }
  return trouble;
}

std::string Holder::remove() {
  stop_announcing();
  left_ = 0;
  not_added_.reset();
  outcome_.reset();
  return complaint(vips_, addresses_.remove(vips_));
}

std::string Holder::replace(std::vector<Vip> vips, Duration renewal_cost) {
  renewal_cost_ = renewal_cost;
  left_ = next_ = 0;
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
  announce_due(now);
}

void Holder::run(Time now) {
  announce_due(now);
  if (left_ > 0) renew_portion(portion());
}

void Holder::announce_due(Time now) {
  std::vector<Announcement> due;
  while (!pending_.empty() && pending_.front().due <= now && due.size() < frames_at_once) {
    due.push_back(pending_.front().announcement);
    pending_.pop_front();
  }
  // What does not go out now is sent again by the machine's later announcements.
  if (!due.empty()) announcer_.announce(due);
}

std::optional<Time> Holder::next_deadline() const {
  if (left_ > 0) return Time{0};  // now, but after what the sockets hold
  if (pending_.empty()) return std::nullopt;
  return pending_.front().due;
}

bool Holder::has(const AddressKey& key) const {
  return std::any_of(vips_.begin(), vips_.end(), [&](const Vip& vip) { return vip.key == key; });
}

}  // namespace ballast::vrrp
