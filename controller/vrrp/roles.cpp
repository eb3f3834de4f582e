// The roles of a virtual router: how one is entered, what keeps a node from standing, and what a MASTER does.
#include <algorithm>

#include "controller/vrrp/machine.hpp"

namespace ballast::vrrp {

void Machine::enter(Role role, std::string reason) {
  const Role from = status_.role;
  status_.role = role;
  status_.since = now_;
  status_.reason = reason;
  ++status_.entered[static_cast<std::size_t>(role)];
  forget_timers();
  if (role == Role::master) {
    status_.master = source_;
    status_.master_priority = status_.priority;
    status_.master_interval = config_.group.interval;
  } else if (from == Role::master) {
    status_.master.reset();
  }
  act(Notify{from, role, status_.priority, std::move(reason)});
}

/// Brings the role in line with the impediments.
void Machine::settle(const std::string& reason) {
  if (!started_) return;
  if (!impeded()) {
    if (status_.role == Role::init || status_.role == Role::fault) stand(reason);
    return;
  }
  const Role to = only_waits_for_its_first_reconcile() ? Role::init : Role::fault;
  if (status_.role == to) return;
  if (status_.role == Role::master) {
    act(RemoveAddresses{});
    if (why_not_[static_cast<std::size_t>(Impediment::link)].empty()) send(release_priority);
  }
  enter(to, impediment_text());
}

// RFC 9568 section 6.4.1
void Machine::stand(const std::string& reason) {
  has_stood_ = true;
  if (status_.priority == owner_priority) {
    take_over("the owner of the addresses is back");
  } else {
    become_backup(reason);
  }
}

void Machine::take_over(std::string reason) {
  if (!config_.in_sync_group) {
    become_master(std::move(reason));
    return;
  }
  if (status_.role != Role::backup) become_backup(reason);
  forget_timers();
  wants_master_ = true;  // GroupMaster follows when every member wants it
}

void Machine::become_master(std::string reason) {
  enter(Role::master, std::move(reason));
  const Action notify = actions_.back();
  actions_.pop_back();
  // RFC 9568 section 6.4.1 (110): advertise first, so that the others stay BACKUP
  advertise(now_ + interval());
  act(AddAddresses{lease()});
  renew_at_ = now_ + renewal_period();
  actions_.push_back(notify);
}

void Machine::become_backup(std::string reason) {
  status_.master_interval = config_.group.interval;
  enter(Role::backup, std::move(reason));
  listen();
}

/// The addresses go first: the next MASTER may add its own as soon as it has heard.
void Machine::release() {
  act(RemoveAddresses{});
  send(release_priority);
}

void Machine::impede(Impediment what, std::string reason) {
  why_not_[static_cast<std::size_t>(what)] = std::move(reason);
  list_impediments();
  settle("");
}

void Machine::permit(Impediment what, const std::string& reason) {
  why_not_[static_cast<std::size_t>(what)].clear();
  list_impediments();
  settle(reason);
}

bool Machine::impeded() const {
  return std::any_of(why_not_.begin(), why_not_.end(), [](const std::string& reason) { return !reason.empty(); });
}

bool Machine::only_waits_for_its_first_reconcile() const {
  if (has_stood_) return false;
  for (std::size_t what = 0; what < impediments; ++what) {
    if (what != static_cast<std::size_t>(Impediment::eligibility) && !why_not_[what].empty()) return false;
  }
  return true;
}

void Machine::list_impediments() {
  status_.impediments.clear();
  for (const std::string& reason : why_not_) {
    if (!reason.empty()) status_.impediments.push_back(reason);
  }
}

std::string Machine::impediment_text() const {
  std::string text;
  for (const std::string& reason : status_.impediments) text += (text.empty() ? "" : "; ") + reason;
  return text;
}

void Machine::send(std::uint8_t priority) {
  act(SendAdvertisement{priority, ++sequence_});
  ++(priority == release_priority ? status_.releases_sent : status_.sent);
  last_advertised_ = now_;
}

void Machine::advertise(Time next) {
  send(status_.priority);
  status_.master_priority = status_.priority;
  advertise_at_ = next;
  if (renew_at_ && *renew_at_ - now_ <= renewal_period() / 2) renew();
}

void Machine::renew() {
  act(RenewAddresses{lease(now_ - last_advertised_)});
  renew_at_ = now_ + renewal_period();
}

void Machine::announce() {
  act(Announce{next_announcements_, config_.announcing.pacing});
  announce_not_before_ = now_ + std::chrono::seconds{1};
}

void Machine::schedule_announcement() {
  announce_at_.reset();
  if (config_.announcing.refresh <= Duration{0}) return;
  announce_at_ = now_ + config_.announcing.refresh;
  next_announcements_ = config_.announcing.refresh_count;
}

/// After somebody else announced the addresses too; a flood of such packets must not become a flood of ours.
void Machine::announce_again() {
  if (!holds_addresses_) return;
  next_announcements_ = config_.announcing.count;
  if (now_ >= announce_not_before_) {
    announce();
  } else if (!announce_at_ || *announce_at_ > announce_not_before_) {
    announce_at_ = announce_not_before_;
  }
}

Advertisement Machine::advertisement(const SendAdvertisement& send) const {
  const Group& group = config_.group;
  return {group.version,
          group.vrid,
          send.priority,
          group.interval,
          group.addresses,
          group.authentication,
          group.authentication == Authentication::ah ? send.sequence : 0};
}

std::string_view text_of(Role role) {
  static constexpr std::array<std::string_view, roles> texts = {"INIT", "BACKUP", "MASTER", "FAULT"};
  return texts[static_cast<std::size_t>(role)];
}

}  // namespace ballast::vrrp
