// `ballast run` on one machine of a simulated cluster: controller/runtime without its threads and sockets. What
// decides is the real thing: manifests, render, the keeper, the table of checks, the VRRP machine; what is written here
// is only when they are asked.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "controller/health/table.hpp"
#include "controller/keeper.hpp"
#include "controller/runtime/eligibility.hpp"
#include "controller/runtime/manifests.hpp"
#include "tests/sim/cluster/wish.hpp"

namespace ballast::sim::cluster {

class Cluster;
struct Machine;

class Process {
 public:
  /// `first` is valid.
  Process(Cluster& cluster, Machine& machine, const std::shared_ptr<const Revision>& first);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// After its making: what is posted must find it.
  void begin();
  void offer(const std::shared_ptr<const Revision>& revision);
  void approve();
  void take_role(int router, bool master);
  void set_state(const PoolMember& member, std::optional<MemberState> state);
  void look(Extent extent = Extent::changes);

  [[nodiscard]] const std::shared_ptr<const Snapshot>& in_force() const { return manifests_.in_force(); }
  [[nodiscard]] std::string held() const { return manifests_.status().held; }
  [[nodiscard]] const std::set<int>& masters() const { return masters_; }
  [[nodiscard]] const ballast::health::Table& health() const { return table_; }
  /// A look is on its way or going on.
  [[nodiscard]] bool is_busy() const { return busy_ || ordered_; }
  /// It has looked at everything and could change it, and what it knows of checks is complete.
  [[nodiscard]] bool is_eligible() const { return eligibility_.eligible(); }
  [[nodiscard]] bool is_draining() const { return draining_; }
  /// Something failed or is fought over, and is left alone for a while.
  [[nodiscard]] bool is_holding_back() const { return !keeper_.troubles().empty(); }
  [[nodiscard]] Time started() const { return started_; }
  /// What the kernel shall hold by all that the process knows now.
  [[nodiscard]] State wanted() const;
  /// What a look would do now; nullopt where the kernel cannot be looked at.
  [[nodiscard]] std::optional<Plan> plan_now() const;

 private:
  struct Order {
    std::shared_ptr<const Snapshot> snapshot;
    Conditions conditions;
    bool only_look = false;
    Extent extent = Extent::changes;
  };
  struct Seen {
    bool only_looked = false;
    std::string error;
    std::shared_ptr<Convergence> result;
    std::vector<Trouble> troubles;
    std::optional<Time> next;
  };

  Result<void> enact(const std::shared_ptr<const Snapshot>& snapshot);
  [[nodiscard]] Conditions conditions() const;
  void begin_look();
  void carry_out(const Order& order);
  Result<Convergence> converge_once(const Order& order);
  void check_applied(const Convergence& result, const State& wanted, const DrainRules& rules, bool changed) const;
  void take(const Seen& seen);
  void know(Convergence& result);
  void look_later(const Seen& seen);
  void glance();
  void judge();

  void begin_health();
  void update_health(const Snapshot& snapshot);
  void wake_health();
  void start_probe(const ballast::health::Probe& probe);
  void tell_health();
  void record_health();

  Cluster& cluster_;
  Machine& machine_;
  Manifests manifests_;
  Time started_;
  bool approving_ = false;
  bool begun_ = false;
  std::set<int> masters_;

  ballast::health::Table table_;
  bool health_begun_ = false;  // the table knows the manifest
  bool probes_begun_ = false;
  bool had_finished_ = false;
  Time health_armed_ = Time::max();

  std::optional<Order> ordered_;
  Keeper keeper_;
  std::optional<Observation> known_;
  bool draining_ = false;
  bool busy_ = false;
  std::uint64_t next_look_ = 0;
  std::uint64_t next_sweep_ = 0;
  Duration retry_after_;
  bool looked_ = false;
  std::string trouble_ = "the first reconcile is not complete";
  Eligibility eligibility_;
  std::optional<std::string> told_;
};

}  // namespace ballast::sim::cluster
