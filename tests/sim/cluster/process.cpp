#include "tests/sim/cluster/process.hpp"

#include <algorithm>

#include "controller/report/plan_text.hpp"
#include "reconcilers/changed.hpp"
#include "reconcilers/removals.hpp"
#include "tests/sim/cluster/cluster.hpp"

namespace ballast::sim::cluster {

using namespace std::chrono_literals;

namespace {

constexpr Duration resync = 5s;
constexpr Duration while_draining = 1s;
constexpr Duration first_retry = 500ms;
constexpr Duration longest_retry = 30s;
constexpr Duration between_glances = 1s;
constexpr Duration between_records = 10s;
constexpr Duration tick = 5ms;

std::string router_name(int router) {
  return "r" + std::to_string(router);
}

}  // namespace

Process::Process(Cluster& cluster, Machine& machine, const std::shared_ptr<const Revision>& first)
    : cluster_(cluster),
      machine_(machine),
      manifests_(machine.name, [this](const auto& snapshot) { return enact(snapshot); }),
      started_(cluster.now()),
      keeper_(machine.kernel->kernel(), machine.run, [] { return 0.5; }),
      retry_after_(first_retry) {
  if (!machine.health_record.empty()) {
    const auto taken = table_.restore(machine.health_record, cluster.now());
    cluster.require(taken.has_value(), machine.name + ": a table of checks does not read what one has written");
  }
  const auto begun = manifests_.begin_with(first->snapshot);
  cluster.require(begun.has_value(), machine.name + ": the first manifest cannot be in force");
  const auto& pools = first->snapshot->manifest.pools;
  health_begun_ = std::all_of(pools.begin(), pools.end(), [](const Pool& pool) { return pool.checks.empty(); });
  if (health_begun_) update_health(*first->snapshot);
}

void Process::begin() {
  begun_ = true;
  judge();
  look();
  glance();
  cluster_.post_to(machine_.number, between_records, [this] { record_health(); });
}

// ---- manifests ----

void Process::offer(const std::shared_ptr<const Revision>& revision) {
  const Snapshot& snapshot = *revision->snapshot;
  const std::string too_much = snapshot.diagnostics.empty()
                                   ? too_much_removed(in_force()->manifest, snapshot.manifest, machine_.name, {})
                                   : std::string();
  const Outcome outcome = manifests_.offer(revision->snapshot, too_much, false);
  if (outcome == Outcome::held) {
    ++cluster_.counts_.held;
    cluster_.check_held(machine_, *revision);
  }
  if (outcome == Outcome::refused) ++cluster_.counts_.refused;
  if (outcome == Outcome::in_force) machine_.last_good = revision;
}

void Process::approve() {
  const std::string id = held();
  if (id.empty()) return;
  approving_ = true;
  const auto approved = manifests_.approve(id);
  approving_ = false;
  cluster_.require(approved.has_value(), machine_.name + ": what is held cannot be approved");
  machine_.last_good = cluster_.revision(id);
}

Result<void> Process::enact(const std::shared_ptr<const Snapshot>& snapshot) {
  if (!begun_) return {};  // the first one: begin() follows it
  cluster_.check_in_force(machine_, *snapshot, approving_);
  if (health_begun_) {
    update_health(*snapshot);
    wake_health();
  }
  cluster_.post_to(machine_.number, Duration{0}, [this] { look(); });  // when the new one is in force
  return {};
}

// ---- VRRP ----

void Process::take_role(int router, bool master) {
  if (master) {
    masters_.insert(router);
  } else {
    masters_.erase(router);
  }
  look();
}

/// A node that cannot serve does not stand for election.
void Process::judge() {
  const bool finished = health_begun_ && table_.has_finished_first_round();
  cluster_.require(finished || !is_eligible(),
                   machine_.name + ": who has stood for election is kept from it by new checks");
  const std::string& reason = eligibility_.judge(cluster_.now(), trouble_, finished, !masters_.empty());
  if (told_ == reason) return;
  told_ = reason;
  cluster_.tell_eligibility(machine_.number, is_eligible(), reason);
}

// ---- looks ----

Conditions Process::conditions() const {
  Conditions conditions;
  for (const int router : masters_) conditions.master_of.insert(router_name(router));
  conditions.vips_by_vrrp = true;
  conditions.health = table_.health();
  return conditions;
}

/// The newest order replaces what was not begun.
void Process::look(Extent extent) {
  if (ordered_ && ordered_->extent == Extent::everything) extent = Extent::everything;
  ordered_ = Order{in_force(), conditions(), !health_begun_, extent};
  if (!busy_) begin_look();
}

/// The tripwire.
void Process::glance() {
  if (!busy_ && keeper_.tripped()) look(Extent::everything);
  cluster_.post_to(machine_.number, between_glances, [this] { glance(); });
}

void Process::begin_look() {
  busy_ = true;
  cluster_.post_to(machine_.number, cluster_.random.between(Duration{100us}, Duration{20ms}), [this] {
    const Order order = *std::exchange(ordered_, std::nullopt);
    carry_out(order);
  });
}

void Process::carry_out(const Order& order) {
  Seen seen;
  seen.only_looked = order.only_look;
  auto result = converge_once(order);
  if (result) {
    seen.result = std::make_shared<Convergence>(std::move(*result));
  } else {
    seen.error = result.error().text;
  }
  seen.troubles = keeper_.troubles();
  seen.next = keeper_.next_try();
  cluster_.post_to(machine_.number, cluster_.random.between(Duration{0}, Duration{3ms}),
                   [this, seen = std::move(seen)] {
                     busy_ = false;
                     take(seen);
                     if (ordered_ && !busy_) begin_look();
                   });
}

namespace {

void add_local_addresses(FakeKernel& kernel, Conditions& conditions) {
  for (const ObservedAddress& address : kernel.network.addresses) {
    if (address.protocol != address_protocol) conditions.local_addresses.insert(address.key.prefix.address);
  }
}

}  // namespace

Result<Convergence> Process::converge_once(const Order& order) {
  ++cluster_.counts_.looks;
  cluster_.mirror_vips(machine_);
  FakeKernel& fake = *machine_.kernel;
  Conditions conditions = order.conditions;
  add_local_addresses(fake, conditions);
  const Manifest& manifest = order.snapshot->manifest;
  const State wanted = render(manifest, conditions, machine_.name);
  const DrainRules rules = drain_rules(manifest, conditions, machine_.name);
  auto lock = machine_.run.lock(0s, [](long) {});
  cluster_.require(lock.has_value(), machine_.name + ": the state directory cannot be locked");
  cluster_.begin_watch(machine_, wanted, !order.only_look);
  if (order.only_look) {
    auto seen = keeper_.only_look(wanted, rules);
    cluster_.end_watch(machine_);
    return seen;
  }
  const int before = fake.commands();
  auto result = keeper_.look(wanted, rules, order.extent);
  cluster_.end_watch(machine_);
  cluster_.counts_.writes += static_cast<std::uint64_t>(fake.commands() - before);
  if (result && cluster_.was_undisturbed()) check_applied(*result, wanted, rules, fake.commands() != before);
  return result;
}

/// A fully applied plan is followed by an empty one, but for members that are drained: they have weight 0 now, and go
/// where they have no connections.
void Process::check_applied(const Convergence& result, const State& wanted, const DrainRules& rules,
                            bool changed) const {
  if (!result.report.failures.empty() || !result.remaining.empty()) {
    cluster_.fail(machine_.name + ": a look at a kernel that works leaves something undone");
  }
  if (!changed || result.only || !result.held.empty()) return;
  Kernel kernel = machine_.kernel->kernel();
  auto again = look_ahead(wanted, rules, kernel, machine_.run);
  if (!again) cluster_.fail(machine_.name + ": after a change: " + again.error().text);
  std::erase_if(again->plan.destinations, [&](const auto& change) {
    return change.verb == Verb::remove && change.before->weight == 0 && result.drains.contains(change.key);
  });
  if (!again->plan.empty()) {
    cluster_.fail(machine_.name +
                  ": a fully applied plan is followed by another one: " + plan_lines(again->plan, 1).front());
  }
}

void Process::take(const Seen& seen) {
  if (seen.result) know(*seen.result);
  if (!health_begun_ && seen.result) begin_health();
  if (seen.only_looked && seen.result) return look(Extent::everything);
  trouble_ = seen.error;
  for (const Trouble& each : seen.troubles) {
    const bool grave = each.failed && (each.kind == Kind::service || each.kind == Kind::destination);
    if (trouble_.empty() && grave) trouble_ = each.text;
  }
  if (seen.result) {
    looked_ = true;
    draining_ = !seen.result->drains.empty();
    if (!std::exchange(probes_begun_, true)) wake_health();
  }
  judge();
  look_later(seen);
}

void Process::know(Convergence& result) {
  if (result.only) {
    merge(*known_, result.before, *result.only);
  } else {
    known_ = result.before;
  }
  if (!result.after) return;
  if (result.after->only) {
    merge(*known_, result.after->seen, *result.after->only);
  } else {
    known_ = result.after->seen;
  }
}

void Process::look_later(const Seen& seen) {
  if (seen.result && !seen.result->only) {
    const std::uint64_t number = ++next_sweep_;
    cluster_.post_to(machine_.number, resync, [this, number] {
      if (number == next_sweep_) look(Extent::everything);
    });
  }
  std::optional<Duration> after;
  const auto no_later = [&](Duration wait) { after = std::min(after.value_or(wait), wait); };
  if (!seen.result || !seen.result->remaining.empty()) {
    no_later(std::min(retry_after_, resync));
    retry_after_ = std::min(retry_after_ * 2, longest_retry);
  } else {
    retry_after_ = first_retry;
  }
  if (seen.next) no_later(std::max(*seen.next - cluster_.now(), Duration{0}));
  if (draining_) no_later(while_draining);
  const std::uint64_t number = ++next_look_;
  if (!after) return;
  cluster_.post_to(machine_.number, *after, [this, number] {
    if (number == next_look_) look();
  });
}

State Process::wanted() const {
  Conditions now = conditions();
  add_local_addresses(*machine_.kernel, now);
  return render(in_force()->manifest, now, machine_.name);
}

std::optional<Plan> Process::plan_now() const {
  Conditions now = conditions();
  add_local_addresses(*machine_.kernel, now);
  const Manifest& manifest = in_force()->manifest;
  Kernel kernel = machine_.kernel->kernel();
  const auto ahead =
      look_ahead(render(manifest, now, machine_.name), drain_rules(manifest, now, machine_.name), kernel, machine_.run);
  return ahead ? std::optional(ahead->plan) : std::nullopt;
}

// ---- health ----

void Process::begin_health() {
  health_begun_ = true;
  update_health(*in_force());
}

void Process::update_health(const Snapshot& snapshot) {
  table_.update(snapshot.manifest, machine_.name, known_ ? &known_->state : nullptr, cluster_.now());
  table_.take_changed();
  had_finished_ = table_.has_finished_first_round();
  machine_.health_record = table_.text(cluster_.now());
}

void Process::wake_health() {
  if (!probes_begun_) return;
  const Time now = cluster_.now();
  while (const auto probe = table_.take_due(now)) start_probe(*probe);
  table_.advance(now);
  tell_health();
  const auto next = table_.next_wake();
  if (!next) return;
  const Time when = std::max(*next, now + tick);
  if (health_armed_ > now && health_armed_ <= when) return;
  health_armed_ = when;
  cluster_.post_to(machine_.number, when - now, [this, when] {
    if (health_armed_ != when) return;
    health_armed_ = Time::max();
    wake_health();
  });
}

void Process::start_probe(const ballast::health::Probe& probe) {
  ++cluster_.counts_.probes;
  const bool answered = cluster_.is_answered(machine_.number, probe.target.address);
  const Duration timeout = timeout_of(*probe.kind);
  const Duration takes = answered ? cluster_.random.between(Duration{200us}, Duration{20ms}) : timeout;
  cluster_.post_to(machine_.number, takes, [this, id = probe.id, serial = probe.serial, answered] {
    ProbeOutcome outcome;
    outcome.passed = answered;
    outcome.text = answered ? "connected" : "timed out";
    table_.finish(id, serial, outcome, cluster_.now());
    wake_health();
  });
}

void Process::tell_health() {
  table_.take_events();
  const bool changed = table_.take_changed();
  if (!changed && table_.has_finished_first_round() == had_finished_) return;
  had_finished_ = table_.has_finished_first_round();
  judge();
  look();
}

void Process::record_health() {
  machine_.health_record = table_.text(cluster_.now());
  cluster_.post_to(machine_.number, between_records, [this] { record_health(); });
}

void Process::set_state(const PoolMember& member, std::optional<MemberState> state) {
  table_.set_state(member, state, cluster_.now());
  wake_health();
  look();
}

}  // namespace ballast::sim::cluster
