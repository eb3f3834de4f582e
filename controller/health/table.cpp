// What checks find out becomes the life of members, the quorum of services, and the Health that render takes.
#include "controller/health/table.hpp"

#include <algorithm>

#include "model/report.hpp"

namespace ballast::health {

namespace {

constexpr int slow_steps = 10;
constexpr std::uint16_t whole = 1000;

/// The step of a slow start that is due: 0 to slow_steps - 1, or slow_steps at its end.
int slow_step(Duration elapsed, Duration slow_start) {
  if (elapsed >= slow_start) return slow_steps;
  return static_cast<int>(elapsed * slow_steps / slow_start);
}

/// Exact, for durations are whole milliseconds.
Time step_time(Time since, int step, Duration slow_start) {
  return since + slow_start * step / slow_steps;
}

}  // namespace

std::string_view text_of(Event::What what) {
  switch (what) {
    case Event::What::member_up:
      return "member-up";
    case Event::What::member_down:
      return "member-down";
    case Event::What::quorum_gained:
      return "quorum-gained";
    case Event::What::quorum_lost:
      break;
  }
  return "quorum-lost";
}

std::optional<Probe> Table::take_due(Time now) {
  const auto id = schedule_.take(now);
  if (!id) return std::nullopt;
  Entry& entry = entries_[*id];
  entry.running = true;
  ++entry.serial;
  const std::shared_ptr<const Check>& check = entry.job.check;
  return Probe{*id, entry.serial, entry.job.target, std::shared_ptr<const CheckKind>(check, &check->kind),
               entry.job.through};
}

void Table::finish(CheckId id, std::uint32_t serial, const ProbeOutcome& outcome, Time now) {
  if (id >= entries_.size()) return;
  Entry& entry = entries_[id];
  if (!entry.running || entry.serial != serial) return;
  entry.running = false;
  entry.said = outcome.text;
  set_impeded(entry, outcome.own_fault, now);
  if (outcome.own_fault) {  // nothing was learned of the server: again at the next slot
    schedule_.rest(id, now);
    stop_awaiting(entry);
    judge_first_round();
    return;
  }
  const bool new_weight = outcome.passed && outcome.weight && outcome.weight != entry.weight;
  if (new_weight) entry.weight = outcome.weight;

  const Machine::Step step = entry.machine.step(*entry.job.check, outcome.passed);
  if (step.retry_after) {
    schedule_.wake(id, now + *step.retry_after);
  } else {
    schedule_.rest(id, now);
    stop_awaiting(entry);
  }
  if (step.changed || new_weight) judge_dependants(entry, now);
  judge_first_round();
}

void Table::stop_awaiting(Entry& entry) {
  if (std::exchange(entry.awaited, false)) --awaited_;
}

void Table::judge_first_round() {
  first_round_finished_ = first_round_finished_ || awaited_ == 0;
}

void Table::set_impeded(Entry& entry, bool impeded, Time now) {
  if (impeded) impediment_ = entry.said;
  if (entry.impeded == impeded) return;
  entry.impeded = impeded;
  if (impeded && impeded_ == 0) impeded_since_ = now;
  if (impeded) {
    ++impeded_;
  } else {
    --impeded_;
  }
}

std::optional<Impediment> Table::impediment() const {
  if (impeded_ == 0) return std::nullopt;
  return Impediment{impeded_, impediment_, impeded_since_};
}

void Table::judge_dependants(const Entry& entry, Time now) {
  for (const Dependant& each : entry.dependants) {
    Service& service = services_[each.service];
    judge_member(service, each.member, now);
    judge_quorum(service, now);
  }
}

Life Table::life_of(const Service& service, const Member& member) const {
  bool up = false;
  bool down = false;
  bool unknown = false;
  for (const CheckId id : member.checks) {
    const Life verdict = entries_[id].machine.life();
    const Life life = verdict == Life::unknown ? member.presumed : verdict;
    up = up || life == Life::up;
    down = down || life == Life::down;
    unknown = unknown || life == Life::unknown;
  }
  if (service.policy.require.value == CheckNeed::any) {
    return up ? Life::up : unknown ? Life::unknown : Life::down;
  }
  return down ? Life::down : unknown ? Life::unknown : Life::up;
}

void Table::judge_member(Service& service, std::size_t index, Time now) {
  Member& member = service.members[index];
  const Life before = member.life;
  const Life life = life_of(service, member);
  // What was known is not forgotten while, of several checks, one has no verdict yet.
  if (life != Life::unknown) member.life = life;
  if (member.life != before) {
    member.since = now;
    if (before == Life::up) {
      member.failed = ++failures_;
      member.slow_since.reset();
    }
    if (member.life == Life::down) tell(Event::What::member_down, service, &member, what_was_said(member), now);
    if (member.life == Life::up) {
      // Before the first verdict nothing was down that could come back.
      if (before == Life::down) tell(Event::What::member_up, service, &member, what_was_said(member), now);
      const auto which = static_cast<std::uint32_t>(&service - services_.data());
      start_slowly(service, member, {which, static_cast<std::uint32_t>(index)}, now);
    }
  }
  count(service, member);
  publish(service, member, now);
}

void Table::start_slowly(const Service& service, Member& member, Dependant who, Time now) {
  const Duration slow_start = service.policy.slow_start.value;
  if (slow_start == Duration{0}) return;
  member.slow_since = now;
  member.next_step = step_time(now, 1, slow_start);
  steps_.emplace(member.next_step, who);
}

void Table::advance(Time now) {
  while (!steps_.empty() && steps_.begin()->first <= now) {
    const auto [due, who] = *steps_.begin();
    steps_.erase(steps_.begin());
    const Service& service = services_[who.service];
    Member& member = services_[who.service].members[who.member];
    if (!member.slow_since || member.next_step != due) continue;  // failed meanwhile
    const Duration slow_start = service.policy.slow_start.value;
    const int step = slow_step(now - *member.slow_since, slow_start);
    if (step >= slow_steps) {
      member.slow_since.reset();
    } else {
      member.next_step = step_time(*member.slow_since, step + 1, slow_start);
      steps_.emplace(member.next_step, who);
    }
    publish(service, member, now);
  }
}

std::optional<Time> Table::next_wake() const {
  std::optional<Time> next = schedule_.next();
  if (!steps_.empty()) next = std::min(next.value_or(steps_.begin()->first), steps_.begin()->first);
  return next;
}

std::optional<std::uint32_t> Table::script_weight(const Member& member) const {
  for (const CheckId id : member.checks) {
    if (entries_[id].weight) return entries_[id].weight;
  }
  return std::nullopt;
}

void Table::publish(const Service& service, const Member& member, Time now) {
  MemberHealth health;
  health.life = member.life;
  health.weight = script_weight(member);
  if (member.life != Life::up) health.failed = member.failed;
  if (member.life == Life::up && member.slow_since) {
    const int step = slow_step(now - *member.slow_since, service.policy.slow_start.value);
    health.permille = static_cast<std::uint16_t>(std::min(whole * (step + 1) / slow_steps, int{whole}));
  }
  auto& members = published(service).members;
  if (health == MemberHealth{}) {
    changed_ = members.erase(member.endpoint) > 0 || changed_;
  } else {
    const auto [place, added] = members.try_emplace(member.endpoint);
    changed_ = changed_ || added || place->second != health;
    place->second = health;
  }
  tidy_published(service);
}

void Table::tidy_published(const Service& service) {
  const auto found = health_.services.find(service.name);
  if (found != health_.services.end() && found->second == ServiceHealth{}) health_.services.erase(found);
}

MemberState Table::state_of(const Service& service, const Member& member) const {
  if (health_.states.empty()) return member.state;
  const auto found = health_.states.find({service.pool, member.endpoint.address, member.own_port});
  return found == health_.states.end() ? member.state : found->second;
}

/// Keeps the service's sums true, so that a service of thousands is not gone through at each change.
void Table::count(Service& service, Member& member) const {
  const bool healthy = member.life == Life::up && state_of(service, member) == MemberState::enabled;
  const std::uint32_t weight = healthy ? script_weight(member).value_or(member.weight) : 0;
  service.healthy_weight += weight;
  service.healthy_weight -= std::exchange(member.counted_weight, weight);
  const bool unknown = member.life == Life::unknown;
  service.unknown += unknown ? 1U : 0U;
  service.unknown -= std::exchange(member.counted_unknown, unknown) ? 1U : 0U;
}

void Table::judge_quorum(Service& service, Time now) {
  const bool quorum = next_quorum(service.quorum, service.healthy_weight, service.policy);
  ServiceHealth& health = published(service);
  changed_ = changed_ || health.quorum != quorum;
  health.quorum = quorum;
  tidy_published(service);
  if (!service.quorum && service.unknown > 0) return;  // too early to say so
  const bool before = service.quorum.value_or(true);
  service.quorum = quorum;
  if (quorum == before) return;
  tell(quorum ? Event::What::quorum_gained : Event::What::quorum_lost, service, nullptr,
       cat("weight ", service.healthy_weight, ", quorum ", service.policy.quorum.value), now);
}

void Table::set_state(const PoolMember& member, std::optional<MemberState> state, Time now) {
  if (state) {
    health_.states.insert_or_assign(member, *state);
  } else {
    health_.states.erase(member);
  }
  changed_ = true;
  for (Service& service : services_) {
    if (service.pool != member.pool) continue;
    for (Member& each : service.members) count(service, each);
    judge_quorum(service, now);
  }
}

bool Table::take_changed() {
  return std::exchange(changed_, false);
}

std::vector<Event> Table::take_events() {
  return std::exchange(events_, {});
}

void Table::tell(Event::What what, const Service& service, const Member* member, std::string reason, Time now) {
  std::optional<Endpoint> endpoint;
  if (member != nullptr) endpoint = member->endpoint;
  events_.push_back({what, service.name, service.key, endpoint, std::move(reason), now});
}

std::string Table::what_was_said(const Member& member) const {
  const Entry* spoken = nullptr;
  for (const CheckId id : member.checks) {
    const Entry& entry = entries_[id];
    const bool tells_why = entry.machine.life() == member.life;
    if (!entry.said.empty() && (spoken == nullptr || tells_why)) spoken = &entry;
    if (tells_why && spoken == &entry) break;
  }
  if (spoken == nullptr) return {};
  return cat(word_of(spoken->job.check->kind), ": ", spoken->said);
}

std::vector<MemberStatus> Table::members_of(std::string_view service) const {
  std::vector<MemberStatus> members;
  const auto found =
      std::find_if(services_.begin(), services_.end(), [&](const Service& each) { return each.name == service; });
  if (found == services_.end()) return members;
  for (const Member& member : found->members) {
    members.push_back({member.endpoint, member.life, what_was_said(member), member.since});
  }
  return members;
}

}  // namespace ballast::health
