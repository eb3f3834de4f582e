// A new manifest: checks and members that stay keep what is known of them.
#include <algorithm>
#include <unordered_map>

#include "controller/health/table.hpp"

namespace ballast::health {

namespace {

/// Whether the kernel sends connections to the member.
bool serves_in(const State* observed, const ServiceKey& service, const Endpoint& endpoint) {
  if (observed == nullptr) return false;
  const auto found = observed->destinations.find({service, endpoint.address, endpoint.port});
  return found != observed->destinations.end() && found->second.value.weight > 0;
}

Life presumed_life(const HealthPolicy& policy, bool serves) {
  const bool up = policy.assume_up ? policy.assume_up->value : serves;
  return up ? Life::up : Life::unknown;
}

}  // namespace

void Table::update(const Manifest& manifest, std::string_view node, const State* observed, Time now) {
  Wanted wanted = make_wanted(manifest, node);
  const Memory memory = remember();
  restored_.clear();
  services_.clear();
  steps_.clear();
  const std::vector<CheckId> ids = replace_checks(wanted.jobs, now);
  services_.reserve(wanted.services.size());
  for (WantedService& service : wanted.services) add_service(service, ids, memory, observed);
  judge_all(now);
  judge_first_round();
}

std::vector<CheckId> Table::replace_checks(std::vector<Job>& jobs, Time now) {
  std::unordered_multimap<std::size_t, CheckId> known;
  known.reserve(live_);
  for (CheckId id = 0; id < entries_.size(); ++id) {
    if (entries_[id].job.check) known.emplace(hash_of(entries_[id].job), id);
    entries_[id].dependants.clear();
  }
  std::vector<std::optional<CheckId>> kept(jobs.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const auto [first, last] = known.equal_range(hash_of(jobs[i]));
    const auto same = std::find_if(first, last, [&](const auto& each) { return entries_[each.second].job == jobs[i]; });
    if (same == last) continue;
    kept[i] = same->second;
    entries_[same->second].job = jobs[i];  // equal, and the former manifest's values can go
    known.erase(same);
  }
  // A check that was only changed, as to another interval, goes on from what it knows.
  std::multimap<std::pair<ProbeTarget, std::size_t>, CheckId> changed;
  const auto likeness = [](const Job& job) { return std::pair(job.target, job.check->kind.index()); };
  for (const auto& [hash, id] : known) changed.emplace(likeness(entries_[id].job), id);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const auto alike = kept[i] ? changed.end() : changed.find(likeness(jobs[i]));
    if (alike == changed.end()) continue;
    kept[i] = alike->second;
    change_check(alike->second, jobs[i], now);
    changed.erase(alike);
  }
  for (const auto& [what, id] : changed) drop_check(id);
  std::vector<CheckId> ids;
  ids.reserve(jobs.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    ids.push_back(kept[i] ? *kept[i] : add_check(std::move(jobs[i]), now));
  }
  return ids;
}

CheckId Table::add_check(Job job, Time now) {
  auto id = static_cast<CheckId>(entries_.size());
  if (unused_.empty()) {
    entries_.emplace_back();
  } else {
    id = unused_.back();
    unused_.pop_back();
  }
  entries_[id].job = std::move(job);
  begin(id, now);
  ++live_;
  entries_[id].awaited = true;
  ++awaited_;
  return id;
}

void Table::change_check(CheckId id, Job job, Time now) {
  Entry& entry = entries_[id];
  entry.job = std::move(job);
  entry.running = false;  // what the former check finds out is not waited for
  entry.weight.reset();
  begin(id, now);
}

void Table::begin(CheckId id, Time now) {
  const Check& check = *entries_[id].job.check;
  std::optional<Duration> warmup;
  if (check.warmup) warmup = check.warmup->value;
  schedule_.add(id, now, check.interval.value, warmup);
}

void Table::drop_check(CheckId id) {
  Entry& entry = entries_[id];
  stop_awaiting(entry);
  if (entry.impeded) --impeded_;
  --live_;
  const std::uint32_t serial = entry.serial;
  entry = {};
  entry.serial = serial;  // an outcome for this user of the number is told by it
  schedule_.remove(id);
  unused_.push_back(id);
}

Table::Memory Table::remember() const {
  Memory memory = restored_;
  for (const Service& service : services_) {
    RememberedService& remembered = memory[service.name];
    remembered.quorum = service.quorum;
    for (const Member& member : service.members) {
      remembered.members.insert_or_assign(
          member.endpoint, RememberedMember{member.life, member.failed, member.slow_since, member.since});
    }
  }
  return memory;
}

void Table::add_service(WantedService& wanted, const std::vector<CheckId>& ids, const Memory& memory,
                        const State* observed) {
  const auto remembered = memory.find(wanted.name);
  Service& service = services_.emplace_back();
  const auto number = static_cast<std::uint32_t>(services_.size() - 1);
  service.name = std::move(wanted.name);
  service.pool = std::move(wanted.pool);
  service.key = wanted.key;
  service.policy = wanted.policy;
  if (remembered != memory.end()) service.quorum = remembered->second.quorum;
  service.members.reserve(wanted.members.size());
  for (const WantedMember& each : wanted.members) {
    Member& member = service.members.emplace_back();
    member.endpoint = each.endpoint;
    member.own_port = each.own_port;
    member.weight = each.weight;
    member.state = each.state;
    for (const std::uint32_t job : each.jobs) {
      member.checks.push_back(ids[job]);
      entries_[ids[job]].dependants.push_back({number, static_cast<std::uint32_t>(service.members.size() - 1)});
    }
    const RememberedMember* before = nullptr;
    if (remembered != memory.end()) {
      const auto found = remembered->second.members.find(member.endpoint);
      if (found != remembered->second.members.end()) before = &found->second;
    }
    if (before != nullptr) {
      member.life = before->life;
      member.failed = before->failed;
      member.slow_since = before->slow_since;
      member.since = before->since;
    } else {
      member.life = presumed_life(service.policy, serves_in(observed, service.key, member.endpoint));
    }
    member.presumed = member.life;
  }
}

void Table::judge_all(Time now) {
  Health before;
  before.services.swap(health_.services);
  const bool was_changed = changed_;
  for (std::uint32_t number = 0; number < services_.size(); ++number) {
    Service& service = services_[number];
    for (std::uint32_t index = 0; index < service.members.size(); ++index) {
      Member& member = service.members[index];
      if (member.slow_since && service.policy.slow_start.value == Duration{0}) member.slow_since.reset();
      if (member.slow_since) {
        member.next_step = now;  // advance() finds out which step it is
        steps_.emplace(now, Dependant{number, index});
      }
      judge_member(service, index, now);
    }
    judge_quorum(service, now);
  }
  changed_ = was_changed || health_.services != before.services;
}

}  // namespace ballast::health
