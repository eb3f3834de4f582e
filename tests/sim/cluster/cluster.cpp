// Time, machines and processes.
#include "tests/sim/cluster/cluster.hpp"

#include <algorithm>
#include <filesystem>

#include "controller/vrrp/instances.hpp"
#include "tests/sim/cluster/clock.hpp"
#include "tests/sim/cluster/process.hpp"

namespace ballast::sim::cluster {

using namespace std::chrono_literals;

Cluster::Cluster(std::uint64_t seed, const std::string& directory) : random(seed), layout_(make_layout(random)) {
  set_boot_clock(now_);
  for (int number = 0; number < layout_.machines(); ++number) {
    machines_.push_back(std::make_unique<Machine>(layout_, number, directory));
    hook(*machines_.back());
  }
  commit(make_wish(layout_, random), true);
  make_worlds(seed);
  for (const auto& machine : machines_) start(*machine);
  post(1s, [this] { check_often(); });
}

Cluster::~Cluster() = default;

void Cluster::make_worlds(std::uint64_t seed) {
  const Manifest& manifest = revisions_.back()->snapshot->manifest;
  for (int router = 0; router < layout_.routers(); ++router) {
    std::vector<vrrp::Config> configs;
    for (int director = 0; director < layout_.directors; ++director) {
      const auto made = vrrp::make_instances(manifest, layout_.name(director), [](const std::string&) {
        return Result<std::string>(Error{"no password file is asked for", 0});
      });
      require(made.problems.empty(), "a manifest of the simulation has no password files");
      configs.push_back(made.instances[static_cast<std::size_t>(router)].config);
    }
    worlds_.push_back(std::make_unique<World>(seed * 16 + static_cast<std::uint64_t>(router), std::move(configs), 0));
    World& made = *worlds_.back();
    for (int director = 0; director < layout_.directors; ++director) {
      made.node(director).serves = false;
      made.node(director).drift_ppm = random.between(-500, 500);
    }
    made.watcher = [this, router](int at, const vrrp::Action& action) {
      const auto* notify = std::get_if<vrrp::Notify>(&action);
      if (notify == nullptr || !machine(at).process) return;
      const bool master = notify->to == vrrp::Role::master;
      require(!master || machine(at).process->is_eligible(), machine(at).name + " takes over before it can serve");
      Time& told = machine(at).told_role;  // none overtakes another
      told = std::max(told, now_ + random.between(Duration{0}, Duration{2ms}));
      post_to(at, told - now_, [this, at, router, master] { machine(at).process->take_role(router, master); });
    };
  }
}

// ---- time ----

void Cluster::post(Duration after, std::function<void()> what) {
  queue_.push({now_ + after, order_++, std::move(what)});
}

void Cluster::post_to(int number, Duration after, std::function<void()> what) {
  const std::uint64_t process = machine(number).process_number;
  post(after, [this, number, process, what = std::move(what)] {
    Machine& at = machine(number);
    if (!at.process || at.process_number != process) return;
    if (at.paused) {
      at.while_paused.push_back(what);
      return;
    }
    try {
      what();
    } catch (const Killed&) {
      ++counts_.kills;
      end_watch(at);
      crash(at);
      start_later(at, random.between(Duration{100ms}, Duration{20s}));
    }
  });
}

void Cluster::run_until(Time when) {
  for (;;) {
    std::optional<Time> next;
    if (!queue_.empty()) next = queue_.top().when;
    for (const auto& each : worlds_) {
      const auto its = each->next_event();
      if (its && (!next || *its < *next)) next = its;
    }
    if (!next || *next > when) break;
    now_ = std::max(now_, *next);
    set_boot_clock(now_);
    // All of them, so that what happens between finds them at its own time.
    for (const auto& each : worlds_) each->run_until(now_);
    while (!queue_.empty() && queue_.top().when <= now_) {
      const Entry entry = std::move(const_cast<Entry&>(queue_.top()));  // top() is const only to keep the order
      queue_.pop();
      ++counts_.events;
      entry.what();
    }
  }
  now_ = when;
  set_boot_clock(now_);
  for (const auto& each : worlds_) each->run_until(now_);
}

void Cluster::run(Duration time) {
  const Time end = now_ + time;
  while (now_ < end) {
    ++counts_.episodes;
    const int troubles = random.between(5, 60);
    const Duration longest = random.chance(50) ? Duration{5s} : Duration{90s};
    for (int count = 0; count < troubles; ++count) {
      run_until(now_ + random.between(Duration{0}, longest));
      trouble();
    }
    calm_down();
    run_until(now_ + 90s);
    for (const auto& each : worlds_) each->expect(20ms, 20ms);
    run_until(now_ + 30s);
    check_after_calm();
    check_restart_writes_nothing();
    for (const auto& each : worlds_) each->expect(std::nullopt, std::nullopt);
    calm_ = false;
  }
}

// ---- machines and processes ----

Machine& Cluster::any_machine() {
  return machine(random.between(0, layout_.machines() - 1));
}

void Cluster::start(Machine& at) {
  if (at.process || !at.powered) return;
  // The newest good manifest that this machine has seen comes first, then what the source has now.
  std::shared_ptr<const Revision> first = at.last_good;
  if (!first && !source_gone_ && revisions_.back()->valid) first = revisions_.back();
  if (!first) return start_later(at, 5s);
  at.last_good = first;
  ++at.process_number;
  disturb(at);
  at.process = std::make_unique<Process>(*this, at, first);
  if (at.director) {
    for (const auto& each : worlds_) each->start(at.number);
  }
  at.process->begin();
  poll_source(at);
}

void Cluster::start_later(Machine& at, Duration after) {
  post(after, [this, &at] { start(at); });
}

void Cluster::crash(Machine& at) {
  if (at.director) {
    for (const auto& each : worlds_) each->crash(at.number);
  }
  at.process.reset();
  at.while_paused.clear();
  at.paused = at.frozen = false;
  disturb(at);
}

void Cluster::stop(Machine& at) {
  if (!runs(at)) return;
  if (at.director) {
    for (const auto& each : worlds_) each->stop(at.number);
  }
  crash(at);
}

void Cluster::pause(Machine& at, bool freeze) {
  if (!runs(at)) return;
  at.paused = true;
  at.frozen = freeze;
  if (!at.director) return;
  for (const auto& each : worlds_) {
    if (freeze) {
      each->freeze(at.number);
    } else {
      each->pause(at.number);
    }
  }
}

void Cluster::resume(Machine& at) {
  if (!at.paused) return;
  at.paused = at.frozen = false;
  disturb(at);
  if (at.director) {
    const bool jumped = random.chance(50);
    for (const auto& each : worlds_) each->resume(at.number, jumped);
  }
  for (auto& what : std::exchange(at.while_paused, {})) post_to(at.number, Duration{0}, std::move(what));
}

void Cluster::power_off(Machine& at) {
  if (!at.powered) return;
  if (at.director) {
    // Its addresses go with it.
    for (const auto& each : worlds_) each->freeze(at.number);
  }
  crash(at);
  if (at.director) {
    for (const auto& each : worlds_) each->node(at.number).lease_end.reset();
  }
  at.powered = false;
}

void Cluster::power_on(Machine& at) {
  if (at.powered) return;
  at.boot();
  hook(at);
  at.powered = true;
  disturb(at);
}

void Cluster::tell_eligibility(int number, bool eligible, const std::string& reason) {
  if (!layout_.is_director(number)) return;
  // It comes while the process is made, too.
  post_to(number, Duration{0}, [this, number, eligible, reason] {
    for (const auto& each : worlds_) each->tell(number, vrrp::Eligibility{eligible, reason});
  });
}

bool Cluster::is_answered(int number, const IpAddress& target) {
  const int server = target.bytes()[3] - 1;
  const Machine& asked = machine(server);
  const bool reached = !cut_.contains({number, server}) && !random.chance(probe_loss_percent_);
  const bool answered = reached && asked.powered && asked.serving && !asked.frozen;
  if (!answered) machine(number).probes_failed[server] = now_;
  return answered;
}

void Cluster::mirror_vips(Machine& at) {
  if (!at.director) return;
  std::set<int> held;
  for (int router = 0; router < layout_.routers(); ++router) {
    if (world(router).holds(at.number)) held.insert(router);
  }
  at.set_vips(held);
}

// ---- the operator ----

std::shared_ptr<const Revision> Cluster::revision(const std::string& id) const {
  return revisions_[static_cast<std::size_t>(std::stoi(id.substr(1)))];
}

void Cluster::commit(Wish wish, bool valid) {
  ++counts_.commits;
  std::string text = text_of(layout_, wish);
  if (!valid) text = spoil(text, random);
  const int number = static_cast<int>(revisions_.size());
  revisions_.push_back(make_revision(number, layout_, std::move(wish), std::move(text), valid));
  const Diagnostics& wrong = revisions_.back()->snapshot->diagnostics;
  if (valid && !wrong.empty()) fail("a manifest that means to be valid is not: " + wrong.front().text());
  require(valid || !wrong.empty(), "a manifest with a mistake in it counts as valid:\n" + revisions_.back()->text);
}

void Cluster::commit_something() {
  // By hand nobody starts from what is broken.
  const auto good = std::find_if(revisions_.rbegin(), revisions_.rend(), [](const auto& each) { return each->valid; });
  Wish wish = (*good)->wish;
  const int what = random.between(0, 99);
  if (what < 15) return commit(std::move(wish), false);
  if (what < 30) {
    const auto& old = revisions_[random.next() % revisions_.size()];
    return commit(old->wish, old->valid);
  }
  if (what < 45 && take_away(wish, random)) return commit(std::move(wish), true);
  for (int changes = random.between(1, 4); changes > 0; --changes) change(wish, layout_, random);
  commit(std::move(wish), true);
}

/// Again and again, for as long as this process lives.
void Cluster::poll_source(Machine& at) {
  if (!source_gone_) at.process->offer(revisions_.back());
  post_to(at.number, random.between(Duration{2s}, Duration{30s}), [this, &at] { poll_source(at); });
}

}  // namespace ballast::sim::cluster
