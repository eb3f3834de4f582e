#include "controller/vrrp/holder.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include <net/if.h>

namespace ballast::vrrp {
namespace {

/// What adding and renewing may take before the loop looks at packets and deadlines again: less than a tenth of any
/// interval from 20 ms on.
constexpr Duration longest_portion = std::chrono::milliseconds{2};

/// As the kernel has it: with IPv4 only, and none where it is the interface's name.
std::string label_of(const Vip& vip) {
  const bool none = !vip.key.prefix.address.is_ipv4() || vip.value.label == vip.key.interface;
  return none ? std::string() : vip.value.label;
}

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
    announcer_.announce(std::span(&*announcement, 1));
  }
  return trouble;
}

std::string Holder::remove() {
  announcements_.clear();
  left_ = 0;
  not_added_.reset();
  outcome_.reset();
  return complaint(vips_, addresses_.remove(vips_));
}

std::string Holder::replace(std::vector<Vip> vips, Duration renewal_cost) {
  renewal_cost_ = renewal_cost;
  left_ = next_ = 0;
  const std::vector<Vip> before = std::exchange(vips_, std::move(vips));
  if (vips_ != before) announcements_.clear();
  std::vector<Vip> gone;
  std::copy_if(before.begin(), before.end(), std::back_inserter(gone), [&](const Vip& old) {
    return std::none_of(vips_.begin(), vips_.end(),
                        [&](const Vip& vip) { return vip.key == old.key && label_of(vip) == label_of(old); });
  });
  if (gone.empty()) return {};
  return complaint(gone, addresses_.remove(gone));
}

std::optional<Announcement> Holder::announcement_on(const std::string& interface) const {
  const unsigned index = ::if_nametoindex(interface.c_str());
  const auto mac = announcer_.mac_of(index);
  if (!mac) return std::nullopt;
  return Announcement{index, *mac, {}, forwards_};
}

void Holder::announce(Time now, const Announce& announce) {
  announcements_.ask(now, announce);
  announce_due(now);
}

void Holder::run(Time now) {
  announce_due(now);
  if (left_ > 0) renew_portion(portion());
}

void Holder::announce_due(Time now) {
  std::vector<Announcement> due;
  std::map<std::string, std::optional<Announcement>> places;  // each interface is asked once
  for (const std::size_t i : announcements_.take_due(now, vips_.size())) {
    const Vip& vip = vips_[i];
    const auto [place, is_new] = places.try_emplace(vip.key.interface);
    if (is_new) place->second = announcement_on(vip.key.interface);
    if (!place->second) continue;  // gone, or no Ethernet: nobody asks there
    place->second->vip = vip.key.prefix.address;
    due.push_back(*place->second);
  }
  // What does not go out now is sent again by the machine's later announcements.
  if (!due.empty()) announcer_.announce(due);
}

std::optional<Time> Holder::next_deadline() const {
  if (left_ > 0) return Time{0};  // now, but after what the sockets hold
  return announcements_.next();
}

bool Holder::has(const AddressEvent& event) const {
  return std::any_of(vips_.begin(), vips_.end(), [&](const Vip& vip) {
    return vip.key == event.key && (event.added || label_of(vip) == event.label);
  });
}

}  // namespace ballast::vrrp
