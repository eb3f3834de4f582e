// One table of records for each kind of object; most of the time they are empty.
#include "reconcilers/backoff.hpp"

#include <algorithm>
#include <set>

namespace ballast {
namespace {

/// Of an address that is kept quiet about by ARP settings (reconcilers/addresses.cpp).
bool is_arp_setting(const SysctlKey& key) {
  return key.ends_with(".arp_ignore") || key.ends_with(".arp_announce");
}

std::map<std::string_view, const Failure*> failures_of(const ApplyReport& report, Kind kind) {
  std::map<std::string_view, const Failure*> failures;
  for (const Failure& failure : report.failures) {
    if (failure.kind == kind) failures.emplace(failure.object, &failure);
  }
  return failures;
}

template <class Key, class Value, class Records>
bool is_held(const Change<Key, Value>& change, const Records& records, Backoff::Time now) {
  const auto record = records.find(change.key);
  return record != records.end() && now < record->second.until && record->second.asked == change.after;
}

template <class Changes, class Held>
void take_out(Changes& from, Changes& to, Held held) {
  if (std::none_of(from.begin(), from.end(), held)) return;
  const auto is_free = [&](const auto& change) { return !held(change); };
  const auto first = std::stable_partition(from.begin(), from.end(), is_free);
  to.assign(std::make_move_iterator(first), std::make_move_iterator(from.end()));
  from.erase(first, from.end());
}

}  // namespace

Backoff::Time Backoff::delay(unsigned times) const {
  constexpr unsigned doublings = 10;  // 100 ms to more than a minute
  const auto whole = std::min<Time>(first_delay * (1U << std::min(times, doublings)), longest_delay);
  // Up to a quarter earlier, so that what failed together is not tried together for ever.
  const auto jitter = std::chrono::duration_cast<Time>(whole * (0.25 * random_()));
  return std::max<Time>(whole - jitter, first_delay);
}

Plan Backoff::hold_back(Plan& plan, Time now) const {
  Plan held;
  std::set<ServiceKey> absent;
  bool answers_arp = false;
  take_out(plan.links, held.links, [&](const auto& change) { return is_held(change, links_, now); });
  take_out(plan.sysctls, held.sysctls, [&](const auto& change) {
    if (!is_held(change, sysctls_, now)) return false;
    answers_arp = answers_arp || is_arp_setting(change.key);
    return true;
  });
  take_out(plan.timeouts, held.timeouts, [&](const auto& change) { return is_held(change, timeouts_, now); });
  take_out(plan.daemons, held.daemons, [&](const auto& change) { return is_held(change, daemons_, now); });
  take_out(plan.packet_rules, held.packet_rules,
           [&](const auto& change) { return is_held(change, packet_rules_, now); });
  take_out(plan.services, held.services, [&](const auto& change) {
    if (!is_held(change, services_, now)) return false;
    if (change.verb == Verb::add) absent.insert(change.key);
    return true;
  });
  take_out(plan.destinations, held.destinations, [&](const auto& change) {
    return is_held(change, destinations_, now) || absent.contains(change.key.service);
  });
  take_out(plan.addresses, held.addresses, [&](const auto& change) {
    const bool on_loopback = change.key.interface == "lo" && change.key.prefix.address.is_ipv4();
    return is_held(change, addresses_, now) || (answers_arp && on_loopback && change.verb == Verb::add);
  });
  return held;
}

template <class Key, class Value>
void Backoff::learn_kind(Kind kind, const Changes<Key, Value>& tried, const Changes<Key, Value>& held,
                         const ApplyReport& report, const Table<Key, Value>* last, Records<Key, Value>& records,
                         Time now) {
  if (!records.empty()) {
    std::set<Key> differ;
    for (const auto* changes : {&tried, &held}) {
      for (const auto& change : *changes) differ.insert(change.key);
    }
    std::erase_if(records, [&](const auto& each) {
      const auto& record = each.second;
      const bool over = record.failures > 0 || now - std::max(record.last, record.until) > calm;
      return over && !differ.contains(each.first);
    });
  }
  const auto failures = failures_of(report, kind);
  for (const auto& change : tried) {
    const auto failure = failures.empty() ? failures.end() : failures.find(object_text(change.key));
    if (failure != failures.end()) {
      if (failure->second->errnum == 0) continue;  // not tried: what it stands on has failed
      Record<Value>& record = records[change.key];
      if (record.asked != change.after) record = {change.after, {}, 0, 0, now, now};
      record.why = failure->second->text;
      record.until = now + delay(record.failures++);
      record.last = now;
      continue;
    }
    if (last == nullptr || !is_repair(change, *last)) {
      records.erase(change.key);
      continue;
    }
    Record<Value>& record = records[change.key];
    const bool in_a_row = record.repairs > 0 && now - std::max(record.last, record.until) <= calm;
    const unsigned repairs = in_a_row ? record.repairs + 1 : 1;
    record = {change.after, {}, 0, repairs, now, repairs < fight ? now : now + delay(repairs - fight)};
  }
}

void Backoff::learn(const Plan& tried, const Plan& held, const ApplyReport& report, const State* last, Time now) {
  const auto learn_about = [&](Kind kind, auto changes, auto wanted, auto& records) {
    learn_kind(kind, tried.*changes, held.*changes, report, last == nullptr ? nullptr : &(last->*wanted), records, now);
  };
  learn_about(Kind::link, &Plan::links, &State::links, links_);
  learn_about(Kind::sysctl, &Plan::sysctls, &State::sysctls, sysctls_);
  learn_about(Kind::timeout, &Plan::timeouts, &State::timeouts, timeouts_);
  learn_about(Kind::daemon, &Plan::daemons, &State::daemons, daemons_);
  learn_about(Kind::packet_rules, &Plan::packet_rules, &State::packet_rules, packet_rules_);
  learn_about(Kind::service, &Plan::services, &State::services, services_);
  learn_about(Kind::destination, &Plan::destinations, &State::destinations, destinations_);
  learn_about(Kind::address, &Plan::addresses, &State::addresses, addresses_);
}

template <class Visit>
void Backoff::each_record(Visit visit) const {
  const auto all = [&](Kind kind, const auto& records) {
    for (const auto& [key, record] : records) visit(kind, key, record);
  };
  all(Kind::link, links_);
  all(Kind::sysctl, sysctls_);
  all(Kind::timeout, timeouts_);
  all(Kind::daemon, daemons_);
  all(Kind::packet_rules, packet_rules_);
  all(Kind::service, services_);
  all(Kind::destination, destinations_);
  all(Kind::address, addresses_);
}

std::vector<Trouble> Backoff::troubles(Time now) const {
  std::vector<Trouble> troubles;
  each_record([&](Kind kind, const auto& key, const auto& record) {
    if (record.failures == 0 && record.repairs < fight) return;
    Trouble trouble{kind, object_text(key), record.why, record.failures > 0, std::nullopt};
    if (!trouble.failed) {
      trouble.text = "something else keeps changing " + std::string(text_of(kind)) + " " + trouble.object +
                     ": it is put back less and less often";
    }
    if (record.until > now) trouble.until = record.until;
    troubles.push_back(std::move(trouble));
  });
  return troubles;
}

std::vector<ServiceKey> Backoff::unsettled_services() const {
  const auto is_unsettled = [](const auto& record) { return record.failures > 0 || record.repairs >= fight; };
  std::vector<ServiceKey> keys;
  for (const auto& [key, record] : services_) {
    if (is_unsettled(record)) keys.push_back(key);
  }
  for (const auto& [key, record] : destinations_) {
    if (is_unsettled(record)) keys.push_back(key.service);
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

std::optional<Backoff::Time> Backoff::next_try(Time now) const {
  std::optional<Time> first;
  each_record([&](Kind, const auto&, const auto& record) {
    if (record.until > now) first = std::min(first.value_or(record.until), record.until);
  });
  return first;
}

}  // namespace ballast
