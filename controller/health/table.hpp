// All checks of a node and what they have found out: from a manifest to probes that are due, from their outcomes to the
// Health that render takes, and to events that somebody wants to know.
// Pure: no sockets, no clock. `now` is of the boot clock and never goes back. Not thread-safe.
//
// Driven by a loop:
//   table.update(manifest, node, observed, now);             // at the start and at each new manifest
//   while (auto probe = table.take_due(now)) start(*probe);  // each probe's outcome comes back by finish()
//   table.finish(probe.id, probe.serial, outcome, now);
//   table.advance(now);                                      // slow starts take their next steps
//   if (table.take_changed()) reconcile with conditions.health = table.health();
//   for (const Event& event : table.take_events()) tell(event);
//   sleep until table.next_wake()
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "controller/health/schedule.hpp"
#include "controller/health/wanted.hpp"
#include "model/result.hpp"

namespace ballast::health {

/// Something that an operator wants to know.
struct Event {
  enum class What : std::uint8_t { member_up, member_down, quorum_gained, quorum_lost };
  What what{};
  std::string service;
  ServiceKey key;
  std::optional<Endpoint> member;  ///< of member_up and member_down
  std::string reason;              ///< "tcp: connection refused", "weight 4, quorum 5"
  Time at{};

  friend bool operator==(const Event&, const Event&) = default;
};
std::string_view text_of(Event::What what);  ///< "member-up"

/// An attempt to be made now.
struct Probe {
  CheckId id = 0;
  std::uint32_t serial = 0;
  ProbeTarget target;
  std::shared_ptr<const CheckKind> kind;
  std::optional<ThroughMember> through;
};

/// A member for `ballast status`.
struct MemberStatus {
  Endpoint endpoint;
  Life life = Life::up;
  std::string why;  ///< what failed last; empty while all pass
  Time since{};     ///< of the last change; 0: none since the start
};

/// Checks that this node cannot make, for want of descriptors, addresses or rights of its own: they say nothing of the
/// members.
struct Impediment {
  std::size_t checks = 0;
  std::string why;  ///< of the one that was tried last
  Time since{};     ///< of the first
};

class Table {
 public:
  /// Keeps what is known of checks and members that stay, and begins the others. `observed`: what the kernel holds;
  /// members that serve there count as up until they have failed, unless the pool says `assumeUp`. Null: nothing is
  /// known of the kernel.
  void update(const Manifest& manifest, std::string_view node, const State* observed, Time now);

  /// The next probe that is due; nullopt: none now.
  std::optional<Probe> take_due(Time now);
  /// The outcome of a probe. One whose check is gone meanwhile is ignored.
  void finish(CheckId id, std::uint32_t serial, const ProbeOutcome& outcome, Time now);
  /// Slow starts take the steps that are due.
  void advance(Time now);
  /// Rounds of checks that begin in a second, on average.
  [[nodiscard]] double rounds_per_second() const { return schedule_.per_second(); }
  /// When take_due() or advance() have something to do; nullopt: never.
  [[nodiscard]] std::optional<Time> next_wake() const;

  /// What the operator says at run time; nullopt: what the manifest says. Kept for members that are not there (yet).
  void set_state(const PoolMember& member, std::optional<MemberState> state, Time now);

  [[nodiscard]] const Health& health() const { return health_; }
  /// Whether health() is another than at the last call.
  bool take_changed();
  std::vector<Event> take_events();

  /// Every check that there was at the start has finished a round, or could not be made. Stays true from then on:
  /// checks that a manifest adds later are no reason to give up what this node does.
  [[nodiscard]] bool has_finished_first_round() const { return first_round_finished_; }
  [[nodiscard]] std::size_t size() const { return live_; }
  /// nullopt: every check can be made.
  [[nodiscard]] std::optional<Impediment> impediment() const;
  /// The checked members of a service, in the pool's order; empty where it has no checks.
  [[nodiscard]] std::vector<MemberStatus> members_of(std::string_view service) const;

  /// As JSON, for a successor.
  [[nodiscard]] std::string text(Time now) const;
  /// What a predecessor knew, before the first update(). What is older than `oldest` is worth nothing, but for the
  /// states that an operator has set. An error: it is not such a text, nothing was taken.
  Result<void> restore(std::string_view text, Time now, Duration oldest = std::chrono::seconds{60});

 private:
  /// A member of a service among those that depend on a check.
  struct Dependant {
    std::uint32_t service = 0;
    std::uint32_t member = 0;
  };
  struct Entry {
    Job job;  // without a check: not in use
    Machine machine;
    std::uint32_t serial = 0;
    bool running = false;
    bool awaited = false;                 // by the first round
    bool impeded = false;                 // the last attempt could not be made
    std::optional<std::uint32_t> weight;  // that the script asked for
    std::string said;                     // by the last attempt
    std::vector<Dependant> dependants;
  };
  struct Member {
    Endpoint endpoint;
    std::uint16_t own_port = 0;
    std::uint32_t weight = 0;
    MemberState state = MemberState::enabled;  // the manifest's
    Life presumed = Life::unknown;             // for as long as a check has no verdict
    Life life = Life::unknown;
    std::uint64_t failed = 0;        // when, in order; 0: was never up
    std::optional<Time> slow_since;  // starts slowly since then
    Time next_step{};
    Time since{};
    std::uint32_t counted_weight = 0;  // in its service's sums
    bool counted_unknown = false;
    std::vector<CheckId> checks;
  };
  struct Service {
    std::string name;
    std::string pool;
    ServiceKey key;
    HealthPolicy policy;
    std::vector<Member> members;
    std::optional<bool> quorum;
    std::uint64_t healthy_weight = 0;  // of the members that are up and enabled
    std::uint32_t unknown = 0;         // members
  };
  /// What outlives a change of the manifest, and a restart.
  struct RememberedMember {
    Life life = Life::unknown;
    std::uint64_t failed = 0;
    std::optional<Time> slow_since;
    Time since{};
  };
  struct RememberedService {
    std::map<Endpoint, RememberedMember> members;
    std::optional<bool> quorum;
  };
  using Memory = std::map<std::string, RememberedService, std::less<>>;

  std::vector<CheckId> replace_checks(std::vector<Job>& jobs, Time now);
  CheckId add_check(Job job, Time now);
  void change_check(CheckId id, Job job, Time now);
  void begin(CheckId id, Time now);
  void drop_check(CheckId id);
  [[nodiscard]] Memory remember() const;
  void add_service(WantedService& wanted, const std::vector<CheckId>& ids, const Memory& memory, const State* observed);
  void judge_all(Time now);

  void stop_awaiting(Entry& entry);
  void judge_first_round();
  void set_impeded(Entry& entry, bool impeded, Time now);
  void judge_dependants(const Entry& entry, Time now);
  void judge_member(Service& service, std::size_t index, Time now);
  void count(Service& service, Member& member) const;
  void judge_quorum(Service& service, Time now);
  void start_slowly(const Service& service, Member& member, Dependant who, Time now);
  void publish(const Service& service, const Member& member, Time now);
  ServiceHealth& published(const Service& service) { return health_.services[service.name]; }
  void tidy_published(const Service& service);
  void tell(Event::What what, const Service& service, const Member* member, std::string reason, Time now);

  [[nodiscard]] Life life_of(const Service& service, const Member& member) const;
  [[nodiscard]] MemberState state_of(const Service& service, const Member& member) const;
  [[nodiscard]] std::optional<std::uint32_t> script_weight(const Member& member) const;
  [[nodiscard]] std::string what_was_said(const Member& member) const;

  std::vector<Entry> entries_;  // by CheckId
  std::vector<CheckId> unused_;
  std::vector<Service> services_;
  Memory restored_;
  Schedule schedule_;
  std::multimap<Time, Dependant> steps_;  // of slow starts
  Health health_;
  std::vector<Event> events_;
  std::uint64_t failures_ = 0;
  std::size_t live_ = 0;
  std::size_t awaited_ = 0;  // checks, by the first round
  std::size_t impeded_ = 0;  // checks
  std::string impediment_;   // why, as the last of them said
  Time impeded_since_{};
  bool first_round_finished_ = false;
  bool changed_ = false;
};

}  // namespace ballast::health
