// A cluster in one process: nodes with a process, a drifting clock and a kernel that holds VIPs with lifetimes, and a
// network that loses, delays, duplicates, reorders and parts. Everything follows from a seed.
// The world itself checks what must hold after every event; scenarios.cpp says what happens and what must come of it.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <queue>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/sim/random.hpp"
#include "tests/sim/router.hpp"

namespace ballast::sim {

/// An invariant does not hold; the text says which, when and where.
struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Weather {
  int loss_percent = 0;
  int duplicate_percent = 0;
  Duration delay_least = std::chrono::microseconds{300};  ///< equal: nothing is overtaken
  Duration delay_most = std::chrono::microseconds{300};
  Duration late_most = std::chrono::microseconds{200};  ///< of a process behind its timer
};

struct SentPacket {
  vrrp::Bytes payload;
  vrrp::IpHeaderFacts facts;
};

struct Node {
  vrrp::Config config;
  IpAddress address;
  bool reference = false;
  std::unique_ptr<Router> router;  ///< null: no process

  bool stopped = false;  ///< SIGSTOP, or the whole machine frozen
  bool frozen = false;   ///< the kernel too: it answers nobody
  bool linked = true;
  bool adding_fails = false;
  bool maintenance = false;  ///< is remembered over restarts
  bool serves = true;        ///< says itself that it is eligible, soon after its start
  Time ended{};              ///< since when nothing runs: the process died or stands still
  Time resumed = Time::min() / 2;
  vrrp::Role role_at_pause = vrrp::Role::init;

  int drift_ppm = 0;
  Duration clock_offset{};
  Duration clock_lost{};  ///< what the clock did not count while frozen

  std::optional<Time> lease_end;  ///< by the kernel, as late as the kernel is
  bool added = false;             ///< AddressesAdded was told
  std::deque<std::shared_ptr<const SentPacket>> socket;
  std::uint64_t timer_generation = 0;
  std::uint64_t process = 0;
  int became_master = 0;
};

class World {
 public:
  World(std::uint64_t seed, std::vector<vrrp::Config> configs, int reference_nodes);
  World(const World&) = delete;  // what is in the queue points here
  World& operator=(const World&) = delete;

  // ---- what happens ----
  void start(int at);
  void stop(int at);    ///< SIGTERM
  void crash(int at);   ///< kill -9
  void pause(int at);   ///< SIGSTOP
  void freeze(int at);  ///< the virtual machine stands still
  void resume(int at, bool clock_jumped);
  void tell(int at, const vrrp::Event& event);  ///< to a running process; others do not hear it
  void set_link(int at, bool up);
  void cut(int from, int to, bool is_cut) { cut_[index(from, to)] = is_cut; }
  void heal();
  void run_until(Time when);
  void at(Time when, std::function<void()> what) { post(when, std::move(what)); }

  // ---- what can be seen ----
  [[nodiscard]] Time now() const { return now_; }
  [[nodiscard]] int size() const { return static_cast<int>(nodes_.size()); }
  Node& node(int at) { return nodes_[static_cast<std::size_t>(at)]; }
  [[nodiscard]] const Node& node(int at) const { return nodes_[static_cast<std::size_t>(at)]; }
  [[nodiscard]] bool runs(int at) const { return node(at).router && !node(at).stopped; }
  [[nodiscard]] bool is_master(int at) const { return runs(at) && node(at).router->role() == vrrp::Role::master; }
  /// The node answers for the VIP now.
  [[nodiscard]] bool holds(int at) const;
  [[nodiscard]] std::vector<int> masters() const;
  [[nodiscard]] std::vector<int> holders() const;
  [[nodiscard]] Duration longest_master_down() const;
  [[noreturn]] void fail(const std::string& what) const;
  void require(bool holds, const std::string& what) const {
    if (!holds) fail(what);
  }

  /// From now on: how long two nodes may hold the VIP, and how long nobody may.
  void expect(std::optional<Duration> two_at_most, std::optional<Duration> none_at_most);
  [[nodiscard]] Duration longest_two() const { return longest_two_; }

  Random random;
  Weather weather;
  /// Called with each action of a node, after it was carried out.
  std::function<void(int at, const vrrp::Action& action)> watcher;
  /// When something happens next; nullopt: never.
  [[nodiscard]] std::optional<Time> next_event() const;

 private:
  struct Entry {
    Time when;
    std::uint64_t order;
    std::function<void()> what;
    bool operator>(const Entry& other) const { return when != other.when ? when > other.when : order > other.order; }
  };

  void post(Time when, std::function<void()> what) { queue_.push({when, order_++, std::move(what)}); }
  [[nodiscard]] std::size_t index(int from, int to) const { return static_cast<std::size_t>(from * size() + to); }
  [[nodiscard]] Time local(const Node& node) const;
  [[nodiscard]] Time global(const Node& node, Time local_time) const;
  void step(int at, const vrrp::Event& event);
  void perform(int at, const vrrp::Action& action);
  void send(int at, const vrrp::SendAdvertisement& send);
  void deliver(int to, const std::shared_ptr<const SentPacket>& packet);
  void answer_addresses(int at, bool added);
  void hold(int at, std::chrono::seconds lease);
  void arm(int at);
  void read_socket(int at);
  void check_looks_first(int at, const std::vector<vrrp::Action>& actions) const;
  void check_node(int at) const;
  void check_holders();

  std::vector<Node> nodes_;
  std::vector<bool> cut_;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue_;
  std::uint64_t order_ = 0;
  Time now_ = std::chrono::hours{1};

  std::optional<Duration> two_at_most_, none_at_most_;
  std::optional<Time> two_since_, none_since_;
  Duration longest_two_{};
  bool in_resume_ = false;
};

}  // namespace ballast::sim
