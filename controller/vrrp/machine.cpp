// Events and time of one virtual router; roles.cpp says what a role does, election.cpp what a packet does to it.
#include "controller/vrrp/machine.hpp"

#include <algorithm>
#include <cassert>

namespace ballast::vrrp {

namespace {

constexpr Duration longest_retry = std::chrono::seconds{60};

std::string seconds_text(Duration duration) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  const std::string fraction = std::to_string(1000 + ms % 1000).substr(1);
  return std::to_string(ms / 1000) + "." + fraction + "s";
}

}  // namespace

Machine::Machine(Config config) : config_(std::move(config)) {
  status_.priority = config_.priority;
  status_.master_interval = config_.group.interval;
  why_not_[static_cast<std::size_t>(Impediment::link)] = "the interface is not known yet";
  why_not_[static_cast<std::size_t>(Impediment::eligibility)] = "the first reconcile is not complete";
  list_impediments();
}

std::vector<Action> Machine::step(Time now, const Event& event) {
  actions_.clear();
  now_ = std::max(now, last_run_);
  notice_pause();
  last_run_ = now_;
  if (status_.since == Time{0}) status_.since = now_;
  forget_old_conflict();
  std::visit([this](const auto& what) { on(what); }, event);
  return std::move(actions_);
}

Member Machine::member() const {
  bool able = started_;
  for (std::size_t what = 0; what < impediments; ++what) {
    able &= what == static_cast<std::size_t>(Impediment::group) || why_not_[what].empty();
  }
  return {status_.role, able, wants_master_, !why_not_[static_cast<std::size_t>(Impediment::group)].empty()};
}

// ---- events ----

void Machine::on(const Start& event) {
  if (started_) return;
  started_ = true;
  if (event.kept) sequence_ = std::max(sequence_, event.kept->sequence);
  if (event.kept && now_ - event.kept->sent_at < lease() && !impeded()) {
    has_stood_ = true;
    become_master("goes on with the addresses that its predecessor left");
    return;
  }
  act(RemoveAddresses{});  // what a predecessor that was killed may have left
  settle("started");
}

void Machine::on(const Timer&) {
  const auto due = [this](const std::optional<Time>& at) { return at && *at <= now_; };
  if (due(retry_at_)) {
    retry_at_.reset();
    permit(Impediment::duty, "tries again");
  }
  if (due(preempt_at_)) {
    take_over("the preempt delay is over");
  } else if (due(down_at())) {
    // RFC 9568 section 6.4.2: the Active_Down_Timer fires
    if (skew_only_) {
      take_over("the MASTER released its role");
    } else if (status_.master && now_ - passed_over_ < Duration{status_.master_interval} * 3 / 2) {
      take_over("preempts " + status_.master->text() + ", whose priority is " +
                std::to_string(status_.master_priority));
    } else {
      take_over("no advertisement for " + seconds_text(now_ - *down_from_));
    }
  }
  if (due(advertise_at_)) {
    // The next one is counted from when this one was due, so that lateness does not add up.
    const Time next = *advertise_at_ + interval();
    advertise(next > now_ ? next : now_ + interval());
  }
  if (due(renew_at_)) renew();
  if (due(announce_at_)) {
    announce();
    schedule_announcement();
  }
}

void Machine::on(const LinkChanged& event) {
  if (event.up) {
    source_ = event.source;
    permit(Impediment::link, "the interface is up");
  } else {
    impede(Impediment::link, event.reason.empty() ? "the interface is down" : event.reason);
  }
}

void Machine::on(const PriorityChanged& event) {
  const bool changed = status_.priority != event.priority;
  status_.priority = event.priority;
  if (!event.fault.empty()) {
    impede(Impediment::tracking, event.fault);
    return;
  }
  permit(Impediment::tracking, "every tracked check passes");
  if (changed && status_.role == Role::master) advertise(now_ + interval());
}

void Machine::on(const Eligibility& event) {
  if (event.eligible) {
    permit(Impediment::eligibility, "the node can serve");
  } else {
    impede(Impediment::eligibility, event.reason.empty() ? "the node cannot serve" : event.reason);
  }
}

void Machine::on(const AddressesAdded&) {
  if (status_.role != Role::master) {
    act(RemoveAddresses{});
    return;
  }
  holds_addresses_ = true;
  if (!mute_since_) retry_after_ = first_retry;
  next_announcements_ = config_.announcing.count;
  announce();
  if (config_.announcing.delay > Duration{0}) {
    announce_at_ = now_ + config_.announcing.delay;
  } else {
    schedule_announcement();
  }
}

void Machine::on(const AddressesFailed& event) {
  if (status_.role == Role::master) give_up("the addresses cannot be held: " + event.reason);
}

/// A MASTER that nobody hears gives up at the third advertisement in a row, before the others take over; one that had
/// the same trouble before, at the first.
void Machine::on(const Advertised& event) {
  if (event.trouble.empty()) {
    mute_since_.reset();
    return;
  }
  if (status_.role != Role::master) return;
  if (!mute_since_) mute_since_ = now_;
  const bool again = retry_after_ > first_retry;
  if (again || now_ - *mute_since_ > interval() * 3 / 2) give_up("it cannot advertise: " + event.trouble);
}

void Machine::give_up(const std::string& reason) {
  act(Log{Level::error, reason + "; tries again in " + seconds_text(retry_after_)});
  impede(Impediment::duty, reason);
  retry_at_ = now_ + retry_after_;
  retry_after_ = std::min(2 * retry_after_, longest_retry);
}

void Machine::on(const FailoverRequested&) {
  if (status_.role != Role::master) {
    act(Log{Level::warning, "nothing to hand over: the role is " + std::string(text_of(status_.role))});
    return;
  }
  release();
  become_backup("handed over on request");
  yields_until_ = now_ + master_down_interval();
}

void Machine::on(const Maintenance& event) {
  if (event.on) {
    impede(Impediment::maintenance, "maintenance");
  } else {
    permit(Impediment::maintenance, "maintenance is over");
  }
}

void Machine::on(const PauseDetected& event) {
  if (event.length >= longest_silence()) look_again(event.length);
}

void Machine::on(const GroupBlocked& event) {
  if (event.blocked) {
    impede(Impediment::group, event.reason);
  } else {
    permit(Impediment::group, "its sync group is complete");
  }
}

void Machine::on(const GroupMaster&) {
  if (status_.role == Role::backup) become_master("its sync group takes over");
}

void Machine::on(const GroupBackup&) {
  if (status_.role != Role::master) return;
  release();
  become_backup("its sync group steps back");
}

void Machine::on(const Stop& event) {
  if (!started_) return;
  started_ = false;
  if (status_.role == Role::master && event.keep) {
    // Both count from now: the others' timers, and the lease that the successor has to renew.
    send(status_.priority);
    renew();
    kept_ = Kept{now_, sequence_};
  } else if (status_.role == Role::master) {
    release();
  }
  retry_at_.reset();
  enter(Role::init, event.keep ? "stopped, the addresses are left to a successor" : "stopped");
}

void Machine::on(const Reconfigured& event) {
  const Group& before = config_.group;
  const Group& after = event.config->group;
  assert(before.version == after.version && before.family == after.family && before.vrid == after.vrid);
  config_ = *event.config;
  if (status_.role != Role::master) return;
  status_.master_interval = after.interval;
  advertise(now_ + interval());
  act(AddAddresses{lease()});
  renew_at_ = now_ + renewal_period();
}

// ---- time ----

Duration Machine::skew_time() const {
  const Duration whole =
      config_.group.version == 2 ? Duration{std::chrono::seconds{1}} : Duration{status_.master_interval};
  return (256 - status_.priority) * whole / 256;
}

Duration Machine::master_down_interval() const {
  return 3 * Duration{status_.master_interval} + skew_time();
}

/// What a node may be silent without having lost its role or its addresses.
Duration Machine::longest_silence() const {
  return std::min<Duration>(lease(), master_down_interval());
}

/// Nobody ran this machine for so long that the world has moved on (SIGSTOP, a frozen virtual machine): it must not act
/// on what it knew. A MASTER runs often; of a BACKUP only the lateness of its timer tells.
void Machine::notice_pause() {
  if (status_.role == Role::master && now_ - last_run_ >= longest_silence()) {
    look_again(now_ - last_run_);
  } else if (const auto due = down_at(); due && now_ - *due >= longest_silence()) {
    look_again(now_ - *due);
  }
}

void Machine::look_again(Duration pause) {
  if (status_.role != Role::master && status_.role != Role::backup) return;
  ++status_.pauses;
  const std::string text = "did not run for " + seconds_text(pause) + ", looks before it goes on";
  if (status_.role == Role::master) {
    act(RemoveAddresses{});
    become_backup(text);
    return;
  }
  act(Log{Level::warning, text});
  preempt_at_.reset();
  wants_master_ = false;
  listen();
}

void Machine::forget_timers() {
  for (auto* timer : {&down_from_, &preempt_at_, &advertise_at_, &renew_at_, &announce_at_}) timer->reset();
  mute_since_.reset();
  skew_only_ = false;
  wants_master_ = false;
  holds_addresses_ = false;
}

void Machine::listen() {
  down_from_ = now_;
  skew_only_ = false;
}

void Machine::listen_for_skew_time() {
  down_from_ = now_;
  skew_only_ = true;
}

/// Computed when asked, so that a new priority counts at once.
std::optional<Time> Machine::down_at() const {
  if (!down_from_) return std::nullopt;
  return *down_from_ + (skew_only_ ? skew_time() : master_down_interval());
}

std::optional<Time> Machine::next_deadline() const {
  std::optional<Time> next = down_at();
  for (const auto& timer : {preempt_at_, advertise_at_, renew_at_, announce_at_, retry_at_}) {
    if (timer && (!next || *timer < *next)) next = timer;
  }
  return next;
}

}  // namespace ballast::vrrp
