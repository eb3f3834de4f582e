// What a received advertisement does to a virtual router: RFC 9568 sections 6.4.2 (BACKUP) and 6.4.3 (MASTER).
#include "controller/vrrp/machine.hpp"

namespace ballast::vrrp {

namespace {

constexpr Duration log_pause = std::chrono::seconds{10};
constexpr std::size_t most_senders = 64;
/// Without another packet of it a conflict is over: longer than the longest interval between advertisements.
constexpr Duration conflict_lasts = std::chrono::minutes{5};

}  // namespace

void Machine::on(const Packet& packet) {
  const IpAddress& source = packet.facts.source;
  if (source == source_) {
    refuse({Refusal::source, "it carries our own address: another node uses it, or the network returns our packets"},
           source);
    return;
  }
  Decoding decoding = decode(packet.payload, packet.facts, config_.group);
  if (const auto* refused = std::get_if<Refused>(&decoding)) {
    refuse(*refused, source);
    return;
  }
  const auto& [advertisement, difference] = std::get<Decoded>(decoding);
  if (is_replay(advertisement, source)) {
    refuse({Refusal::replay, "its sequence number " + std::to_string(advertisement.sequence) + " was seen before"},
           source);
    return;
  }
  note_conflict(source, difference.empty() ? "" : "another list of addresses: " + difference);
  ++(advertisement.priority == release_priority ? status_.releases_received : status_.received);
  switch (status_.role) {
    case Role::backup:
      hear_as_backup(advertisement, source);
      break;
    case Role::master:
      hear_as_master(advertisement, source);
      break;
    case Role::init:
    case Role::fault:
      remember_master(advertisement, source);
      break;
  }
}

void Machine::on(const OtherVrid&) {
  ++status_.refused[static_cast<std::size_t>(Refusal::vrid)];
}

void Machine::remember_master(const Advertisement& advertisement, const IpAddress& source) {
  if (advertisement.priority == release_priority) return;
  status_.master = source;
  status_.master_priority = advertisement.priority;
}

/// RFC 9568 section 6.1: the owner always preempts.
bool Machine::may_preempt() const {
  return (config_.preempt || status_.priority == owner_priority) && now_ >= yields_until_;
}

void Machine::hear_as_backup(const Advertisement& advertisement, const IpAddress& source) {
  // RFC 9568 section 6.4.2 (420): a release. One from a node that was not MASTER, or a late copy, releases nothing.
  if (advertisement.priority == release_priority) {
    if (!status_.master || *status_.master == source) listen_for_skew_time();
    return;
  }
  remember_master(advertisement, source);
  const bool lower = advertisement.priority < status_.priority;
  if (!lower) preempt_at_.reset();
  const bool endures = config_.preempt_delay > Duration{0};
  // section 6.4.2 (445): a MASTER that is to be preempted is not heard, so that the timer runs out
  if (lower && may_preempt() && !endures) {
    passed_over_ = now_;
    return;
  }
  if (lower && may_preempt() && !preempt_at_) preempt_at_ = now_ + config_.preempt_delay;
  // section 6.4.2 (430): VRRPv3 takes over the MASTER's interval; in VRRPv2 it is the same (decode)
  status_.master_interval = advertisement.interval;
  wants_master_ = false;
  listen();
}

/// RFC 9568 section 6.4.3 (720): a higher priority, or the same and a higher primary address.
bool Machine::outranks_us(const Advertisement& advertisement, const IpAddress& source) const {
  if (advertisement.priority != status_.priority) return advertisement.priority > status_.priority;
  return source > source_;
}

void Machine::hear_as_master(const Advertisement& advertisement, const IpAddress& source) {
  if (advertisement.priority != release_priority && outranks_us(advertisement, source)) {
    act(RemoveAddresses{});
    become_backup(source.text() + " advertises priority " + std::to_string(advertisement.priority));
    remember_master(advertisement, source);
    status_.master_interval = advertisement.interval;
    return;
  }
  // section 6.4.3 (705) and (745): answer at once, so that the other steps down and bridges learn where the MASTER is
  if (now_ - last_asserted_ < interval() / 2) return;
  last_asserted_ = now_;
  advertise(now_ + interval());
  if (advertisement.priority != release_priority) announce_again();
}

/// A packet that was recorded and sent again. Numbers may begin anew after a silence: a restarted node counts from 1.
bool Machine::is_replay(const Advertisement& advertisement, const IpAddress& source) {
  if (advertisement.authentication != Authentication::ah) return false;
  const auto known = senders_.find(source);
  if (known != senders_.end() && advertisement.sequence <= known->second.sequence &&
      now_ - known->second.heard < master_down_interval()) {
    return true;
  }
  if (known == senders_.end() && senders_.size() >= most_senders) senders_.clear();
  senders_[source] = {advertisement.sequence, now_};
  // keepalived counts on from what its group has seen
  sequence_ = std::max(sequence_, advertisement.sequence);
  return false;
}

void Machine::refuse(const Refused& refused, const IpAddress& source) {
  const auto reason = static_cast<std::size_t>(refused.reason);
  ++status_.refused[reason];
  if (refused.reason == Refusal::address_list) {
    note_conflict(source, refused.text);
  } else {
    log_limited(refusals_logged_[reason], "refused a packet from " + source.text() + ": " + refused.text);
  }
}

/// Two groups, or two opinions of one group, on one VRID: kept in status until its sender agrees or is gone.
void Machine::note_conflict(const IpAddress& source, std::string text) {
  if (text.empty()) {
    if (conflict_with_ == source) status_.conflict.clear();
    return;
  }
  conflict_with_ = source;
  conflict_heard_ = now_;
  status_.conflict = source.text() + ": " + text;
  log_limited(conflict_logged_, status_.conflict);
}

void Machine::forget_old_conflict() {
  if (now_ - conflict_heard_ >= conflict_lasts) status_.conflict.clear();
}

void Machine::log_limited(Logged& limit, const std::string& text) {
  if (now_ < limit.again) {
    ++limit.silent;
    return;
  }
  const std::string more = limit.silent == 0 ? "" : " (and " + std::to_string(limit.silent) + " more like it)";
  act(Log{Level::warning, text + more});
  limit.again = now_ + log_pause;
  limit.silent = 0;
}

}  // namespace ballast::vrrp
