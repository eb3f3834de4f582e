#include "controller/health/plane.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "drivers/boot_clock.hpp"
#include "drivers/probes/prober.hpp"
#include "drivers/route.hpp"

namespace ballast::health {
namespace {

namespace asio = boost::asio;

constexpr const char* record_name = "health.json";
/// How often what is known is written down: a crash loses that much of it.
constexpr std::chrono::seconds between_records{10};
/// Probes begin together that are due within it: fewer wake-ups, and nobody is late by more.
constexpr std::chrono::milliseconds tick{5};
constexpr std::size_t fewest_at_once = 8;
constexpr std::chrono::minutes between_complaints{1};

}  // namespace

class Plane::Checks : public std::enable_shared_from_this<Plane::Checks> {
 public:
  Checks(asio::io_context& loop, const StateDir& directory, PlaneCallbacks callbacks)
      : directory_(directory), callbacks_(std::move(callbacks)), prober_(loop), timer_(loop), record_timer_(loop) {}

  void restore() {
    const auto text = directory_.load(record_name);
    if (!text) return callbacks_.log(text.error().text);
    if (!text->has_value()) return;
    // A damaged record is worth nothing, but keeps nobody from starting: the checks find out anew.
    if (auto taken = table_.restore(**text, boot_time()); !taken) callbacks_.log(taken.error().text);
  }

  void update(const Manifest& manifest, std::string_view node, const State* observed) {
    table_.update(manifest, node, observed, boot_time());
    table_.take_changed();  // who calls this looks at health() himself
    had_finished_ = table_.has_finished_first_round();
    tell_events();
    wake();
    record();
  }

  void begin() {
    if (!std::exchange(begun_, true)) wake();
  }

  void set_state(const PoolMember& member, std::optional<MemberState> state) {
    table_.set_state(member, state, boot_time());
    tell();
    wake();
    record();
  }

  void stop() {
    stopped_ = true;
    timer_.cancel();
    record_timer_.cancel();
    record();
  }

  [[nodiscard]] const Table& table() const { return table_; }

 private:
  /// Everything that is due, then sleep until something is.
  void wake() {
    if (!begun_) return;
    const Time now = boot_time();
    // After a moment in which the loop stood still, what is overdue goes out a little faster than usual, not at once.
    for (auto left = most_at_once(); left > 0; --left) {
      auto probe = table_.take_due(now);
      if (!probe) break;
      start(std::move(*probe));
    }
    table_.advance(now);
    tell();
    const auto next = table_.next_wake();
    if (!next) {
      armed_ = Time::max();
      timer_.cancel();
      return;
    }
    armed_ = std::max(*next, now + tick);
    timer_.expires_after(std::max<Duration>(armed_ - boot_time(), Duration{0}));
    timer_.async_wait([weak = weak_from_this()](const auto& error) {
      const auto self = weak.lock();
      if (self && !error && !self->stopped_) self->wake();
    });
  }

  [[nodiscard]] std::size_t most_at_once() const {
    constexpr double above_mean = 1.25;  // two ticks in any 10 ms: 2.5 times the mean
    const double mean = table_.rounds_per_second() * std::chrono::duration<double>(tick).count();
    return std::max<std::size_t>(fewest_at_once, static_cast<std::size_t>(above_mean * mean));
  }

  void start(Probe probe) {
    // The VIP is this node's own while it is MASTER, and would be the probe's source.
    if (probe.through && !probe.target.source) probe.target.source = source_towards(probe.through->member);
    const std::string_view type = word_of(*probe.kind);
    prober_.start(probe.target, std::move(probe.kind),
                  [weak = weak_from_this(), id = probe.id, serial = probe.serial, type,
                   begun = boot_time()](const ProbeOutcome& outcome) {
                    const auto self = weak.lock();
                    if (!self || self->stopped_) return;
                    const bool measured = self->callbacks_.attempted && !outcome.own_fault;
                    if (measured) self->callbacks_.attempted(type, outcome.passed, boot_time() - begun);
                    self->finish(id, serial, outcome);
                  });
  }

  void finish(CheckId id, std::uint32_t serial, const ProbeOutcome& outcome) {
    const Time now = boot_time();
    if (outcome.own_fault) complain(outcome.text, now);
    table_.finish(id, serial, outcome, now);
    tell();
    // Nearly all checks are due later than what is waited for.
    if (const auto next = table_.next_wake(); next && std::max(*next, now + tick) < armed_) wake();
  }

  /// That probes cannot be made is this node's trouble, not a member's; each would say the same.
  void complain(const std::string& text, Time now) {
    if (now < complain_at_) return;
    complain_at_ = now + between_complaints;
    callbacks_.log("checks cannot be made, members stay as they are: " + text);
  }

  void tell() {
    tell_events();
    const bool changed = table_.take_changed();
    const bool impeded = table_.impediment().has_value();
    if (changed || impeded != was_impeded_ || table_.has_finished_first_round() != had_finished_) {
      had_finished_ = table_.has_finished_first_round();
      was_impeded_ = impeded;
      callbacks_.changed();
    }
  }

  void tell_events() {
    for (const Event& event : table_.take_events()) callbacks_.event(event);
  }

  void record() {
    const bool anything = table_.size() > 0 || !table_.health().states.empty();
    if (!anything && !std::exchange(recorded_, anything)) return;
    recorded_ = anything;
    if (auto saved = directory_.save(record_name, table_.text(boot_time())); !saved) callbacks_.log(saved.error().text);
    if (stopped_) return;
    record_timer_.expires_after(between_records);
    record_timer_.async_wait([weak = weak_from_this()](const auto& error) {
      const auto self = weak.lock();
      if (self && !error && !self->stopped_) self->record();
    });
  }

  const StateDir& directory_;
  PlaneCallbacks callbacks_;
  Table table_;
  Prober prober_;
  asio::steady_timer timer_;
  asio::steady_timer record_timer_;
  Time armed_ = Time::max();  // when the timer fires
  Time complain_at_{};
  bool had_finished_ = false;
  bool was_impeded_ = false;
  bool begun_ = false;
  bool recorded_ = false;
  bool stopped_ = false;
};

Plane::Plane(asio::io_context& loop, const StateDir& directory, PlaneCallbacks callbacks)
    : checks_(std::make_shared<Checks>(loop, directory, std::move(callbacks))) {
  checks_->restore();
}

Plane::~Plane() {
  checks_->stop();
}

void Plane::update(const Manifest& manifest, std::string_view node, const State* observed) {
  checks_->update(manifest, node, observed);
}

void Plane::begin() {
  checks_->begin();
}

void Plane::set_state(const PoolMember& member, std::optional<MemberState> state) {
  checks_->set_state(member, state);
}

const Health& Plane::health() const {
  return checks_->table().health();
}

bool Plane::has_finished_first_round() const {
  return checks_->table().has_finished_first_round();
}

std::size_t Plane::size() const {
  return checks_->table().size();
}

std::vector<MemberStatus> Plane::members_of(std::string_view service) const {
  return checks_->table().members_of(service);
}

std::optional<Impediment> Plane::impediment() const {
  return checks_->table().impediment();
}

}  // namespace ballast::health
