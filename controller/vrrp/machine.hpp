// VRRP election for one virtual router: RFC 9568 section 6 (VRRPv3) and RFC 3768 section 6 (VRRPv2).
// Pure: no sockets, no clock, no threads. Time arrives with each event; output is a list of actions, to be carried out
// in order before the next event.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/vrrp/events.hpp"

namespace ballast::vrrp {

/// How the VIPs are announced to neighbours.
struct Announcing {
  int count = 5;
  Duration pacing{0};
  Duration delay = std::chrono::seconds{5};  ///< after which all is announced once more; 0: not
  Duration refresh{0};                       ///< announced again for ever, this often; 0: not
  int refresh_count = 1;
};

struct Config {
  std::string name;
  Group group;
  std::uint8_t priority = 100;  ///< 1-254, 255 is the owner
  bool preempt = true;
  Duration preempt_delay{0};  ///< how long a lower MASTER is endured
  bool in_sync_group = false;
  Duration renewal_cost{0};  ///< of all VIPs once
  Announcing announcing;
};

/// What a sync group needs to know of a member.
struct Member {
  Role role = Role::init;
  bool able = false;          ///< nothing of its own keeps it from standing
  bool wants_master = false;  ///< would be MASTER if it were alone
  bool blocked = false;       ///< by the group
  friend bool operator==(const Member&, const Member&) = default;
};

class Machine {
 public:
  explicit Machine(Config config);

  /// `now` never goes back. The returned actions are valid for themselves, not tied to the machine.
  std::vector<Action> step(Time now, const Event& event);

  /// When a Timer is due; nullopt: never.
  [[nodiscard]] std::optional<Time> next_deadline() const;

  /// What such a SendAdvertisement says.
  [[nodiscard]] Advertisement advertisement(const SendAdvertisement& send) const;

  [[nodiscard]] Role role() const { return status_.role; }
  [[nodiscard]] const Status& status() const { return status_; }
  [[nodiscard]] const Config& config() const { return config_; }
  [[nodiscard]] Member member() const;
  /// After Stop{keep} of a MASTER.
  [[nodiscard]] const std::optional<Kept>& kept() const { return kept_; }

  /// (256 - priority) / 256 of a second in VRRPv2 (RFC 3768 section 6.1), of the MASTER's interval in VRRPv3 (RFC 9568
  /// section 6.1).
  [[nodiscard]] Duration skew_time() const;
  /// Silence after which a MASTER is presumed dead: 3 * its interval + skew time (RFC 9568 section 6.1).
  [[nodiscard]] Duration master_down_interval() const;

  /// Of VIPs that are added or renewed now, `since` the last advertisement.
  [[nodiscard]] std::chrono::seconds lease(Duration since = Duration{0}) const {
    return lease_for(interval(), since, config_.renewal_cost);
  }

 private:
  static constexpr Time long_ago = Time::min() / 2;
  static constexpr Duration first_retry = std::chrono::seconds{1};

  /// `duty`: what a MASTER must do and could not; tried again.
  enum class Impediment : std::uint8_t { link, tracking, eligibility, duty, maintenance, group };
  static constexpr std::size_t impediments = 6;

  struct Sender {
    std::uint32_t sequence = 0;
    Time heard{};
  };
  struct Logged {
    Time again = long_ago;
    std::uint64_t silent = 0;
  };

  // events
  void on(const Start& event);
  void on(const Timer& event);
  void on(const Packet& event);
  void on(const OtherVrid& event);
  void on(const LinkChanged& event);
  void on(const PriorityChanged& event);
  void on(const Eligibility& event);
  void on(const AddressesAdded& event);
  void on(const AddressesFailed& event);
  void on(const Advertised& event);
  void on(const FailoverRequested& event);
  void on(const Maintenance& event);
  void on(const PauseDetected& event);
  void on(const GroupBlocked& event);
  void on(const GroupMaster& event);
  void on(const GroupBackup& event);
  void on(const Stop& event);
  void on(const Reconfigured& event);

  // roles
  void enter(Role role, std::string reason);
  void settle(const std::string& reason);
  void stand(const std::string& reason);
  void take_over(std::string reason);
  void become_master(std::string reason);
  void become_backup(std::string reason);
  void release();
  void give_up(const std::string& reason);
  void impede(Impediment what, std::string reason);
  void permit(Impediment what, const std::string& reason);
  void look_again(Duration pause);
  void list_impediments();
  [[nodiscard]] bool impeded() const;
  [[nodiscard]] bool only_waits_for_its_first_reconcile() const;
  [[nodiscard]] std::string impediment_text() const;

  // packets
  bool is_replay(const Advertisement& advertisement, const IpAddress& source);
  void refuse(const Refused& refused, const IpAddress& source);
  void note_conflict(const IpAddress& source, std::string text);
  void forget_old_conflict();
  void hear_as_backup(const Advertisement& advertisement, const IpAddress& source);
  void hear_as_master(const Advertisement& advertisement, const IpAddress& source);
  void remember_master(const Advertisement& advertisement, const IpAddress& source);
  [[nodiscard]] bool outranks_us(const Advertisement& advertisement, const IpAddress& source) const;
  [[nodiscard]] bool may_preempt() const;
  void log_limited(Logged& limit, const std::string& text);

  // time
  void notice_pause();
  [[nodiscard]] Duration longest_silence() const;
  [[nodiscard]] Duration interval() const { return config_.group.interval; }
  [[nodiscard]] Duration renewal_period() const { return vrrp::renewal_period(interval(), config_.renewal_cost); }
  void listen();
  void listen_for_skew_time();
  [[nodiscard]] std::optional<Time> down_at() const;
  void advertise(Time next);
  void renew();
  void announce();
  void schedule_announcement();
  void announce_again();
  void send(std::uint8_t priority);
  void forget_timers();

  template <class T>
  void act(T action) {
    actions_.emplace_back(std::move(action));
  }

  Config config_;
  Status status_;
  std::array<std::string, impediments> why_not_;  // empty: no impediment
  IpAddress source_;
  bool started_ = false;
  bool has_stood_ = false;  // was without impediment once: from then on an impediment is a FAULT
  bool wants_master_ = false;
  bool holds_addresses_ = false;

  Time now_{};
  Time last_run_{};
  Time yields_until_ = long_ago;
  Time last_advertised_{};
  Time last_asserted_ = long_ago;
  Time announce_not_before_ = long_ago;
  std::optional<Time> down_from_;  // BACKUP: the master-down timer runs since then, for
  bool skew_only_ = false;         // the skew time only, after a release
  Time passed_over_ = long_ago;    // BACKUP: an advertisement of a MASTER that is to be preempted
  std::optional<Time> preempt_at_;
  std::optional<Time> advertise_at_;
  std::optional<Time> renew_at_;
  std::optional<Time> announce_at_;
  int next_announcements_ = 0;
  std::optional<Time> retry_at_;
  Duration retry_after_ = first_retry;
  std::optional<Time> mute_since_;  // MASTER: no advertisement could be sent since

  std::uint32_t sequence_ = 0;
  std::optional<Kept> kept_;
  std::map<IpAddress, Sender> senders_;  // AH: who proved to know the password
  IpAddress conflict_with_;
  Time conflict_heard_ = long_ago;
  std::array<Logged, refusals> refusals_logged_{};
  Logged conflict_logged_;

  std::vector<Action> actions_;
};

}  // namespace ballast::vrrp
