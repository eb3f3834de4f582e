// A whole cluster in one process: machines with kernels in memory, `ballast run` on each, virtual routers between the
// directors, web servers, clients, an operator who commits manifests, somebody who changes kernels by hand, and a
// virtual clock. Everything follows from a seed.
//
// Time goes by in episodes: trouble of every kind for a while, then calm, in which order must return by itself.
// invariants.cpp says what must hold always, and what after the calm.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/cluster/machine.hpp"
#include "tests/sim/cluster/wish.hpp"
#include "tests/sim/world.hpp"

namespace ballast::sim::cluster {

/// The process that does this dies: kill -9 in the middle of a change.
struct Killed {};

struct Counts {
  std::uint64_t events = 0, looks = 0, writes = 0, commits = 0, held = 0, refused = 0, probes = 0, kills = 0, hands = 0,
                episodes = 0;
};

class Cluster {
 public:
  /// `directory` is for state directories.
  Cluster(std::uint64_t seed, const std::string& directory);
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  /// Throws Violation.
  void run(Duration time);
  [[nodiscard]] const Counts& counts() const { return counts_; }

  // ---- for Process ----
  [[nodiscard]] Time now() const { return now_; }
  [[nodiscard]] const Layout& layout() const { return layout_; }
  Random random;
  Counts counts_;
  /// For the process that runs on the machine now: not after its end, and later if it stands still.
  void post_to(int machine, Duration after, std::function<void()> what);
  void tell_eligibility(int machine, bool eligible, const std::string& reason);
  /// Whether a probe from there to the web server at `target` is answered.
  bool is_answered(int machine, const IpAddress& target);
  /// VIPs as VRRP has them now.
  void mirror_vips(Machine& machine);
  [[nodiscard]] std::shared_ptr<const Revision> revision(const std::string& id) const;

  // ---- what must hold ----
  [[noreturn]] void fail(const std::string& what) const;
  void require(bool holds, const std::string& what) const {
    if (!holds) fail(what);
  }
  /// Watches what a look does to the kernel: from begin to end.
  void begin_watch(Machine& machine, const State& wanted, bool may_write);
  void end_watch(Machine& machine);
  /// Whether nothing but Ballast and nothing wrong happened during the last watch.
  [[nodiscard]] bool was_undisturbed() const { return !watch_.disturbed; }
  /// A manifest comes into force, or is held, after the machine's last good one.
  void check_in_force(Machine& machine, const Snapshot& after, bool approved);
  void check_held(const Machine& machine, const Revision& held) const;

 private:
  struct Entry {
    Time when;
    std::uint64_t order;
    std::function<void()> what;
    bool operator>(const Entry& other) const { return when != other.when ? when > other.when : order > other.order; }
  };
  struct Watch {
    State wanted;
    bool on = false;
    bool may_write = false;
    bool disturbed = false;
    std::optional<int> kill_at;  // so many commands on
    std::optional<int> hand_at;
  };

  void post(Duration after, std::function<void()> what);
  void run_until(Time when);
  Machine& machine(int number) { return *machines_[static_cast<std::size_t>(number)]; }
  [[nodiscard]] bool runs(const Machine& machine) const { return machine.process && !machine.paused; }
  Machine& any_machine();
  World& world(int router) { return *worlds_[static_cast<std::size_t>(router)]; }

  // processes and machines
  void make_worlds(std::uint64_t seed);
  void hook(Machine& machine);
  void start(Machine& machine);
  void start_later(Machine& machine, Duration after);
  void crash(Machine& machine);
  void stop(Machine& machine);
  void pause(Machine& machine, bool freeze);
  void resume(Machine& machine);
  void power_off(Machine& machine);
  void power_on(Machine& machine);
  void boot(Machine& machine);
  void switch_machine(Machine& machine);

  // the operator
  void commit(Wish wish, bool valid);
  void commit_something();
  void poll_source(Machine& machine);

  // trouble
  void trouble();
  void process_trouble(Machine& machine);
  void network_trouble();
  void kernel_trouble(Machine& machine);
  void router_trouble();
  void member_trouble();
  void calm_down();

  // by hand
  void change_by_hand(Machine& machine);
  void change_services_by_hand(Machine& machine);
  void add_foreign(Machine& machine);
  void change_settings_by_hand(Machine& machine);
  void connect_clients(Machine& machine);
  void disturb(Machine& machine) { machine.disturbed = now_; }

  // invariants
  int before_write(Machine& machine, const IpvsWrite& write);
  int before_write(Machine& machine, const AddressWrite& write);
  int before_write(Machine& machine, const SysctlKey& key, const SysctlValue& value);
  int fate_of_write(Machine& machine);
  void check_service_write(const Machine& machine, const ServiceWrite& write) const;
  void check_destination_write(const Machine& machine, const DestinationWrite& write) const;
  void check_foreign(const Machine& machine) const;
  void check_often();
  void check_machine(Machine& machine);
  void check_pools(Machine& machine);
  void check_after_calm();
  void check_kernel(Machine& machine, const Revision& revision);
  void check_restart_writes_nothing();
  [[nodiscard]] std::string picture() const;

  Layout layout_;
  std::vector<std::unique_ptr<Machine>> machines_;
  std::vector<std::unique_ptr<World>> worlds_;  // one for each virtual router
  std::vector<std::shared_ptr<const Revision>> revisions_;
  std::set<std::pair<int, int>> cut_;  // probes do not pass from the first to the second
  int probe_loss_percent_ = 0;
  bool source_gone_ = false;
  bool calm_ = false;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue_;
  std::uint64_t order_ = 0;
  Time now_ = std::chrono::hours{1};
  Watch watch_;
  std::string last_trouble_;
};

}  // namespace ballast::sim::cluster
