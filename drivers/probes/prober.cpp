// The owner of attempts: one epoll descriptor, one timer and one table for all of them.
//
// Decision (2026-11-21): not an Asio socket and timer for each attempt. A socket that lives for three packets pays more
// for its registration, its queues and its handlers than for its work; here it is one epoll_ctl, and Asio sees a single
// descriptor that becomes readable.
#include "drivers/probes/prober.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/resource.h>

#include "drivers/probes/attempt.hpp"
#include "drivers/probes/deadlines.hpp"
#include "drivers/probes/idle_streams.hpp"
#include "drivers/probes/spare_sockets.hpp"

namespace ballast {

namespace asio = boost::asio;
using probes::Attempt;
using Clock = std::chrono::steady_clock;

namespace {

/// Attempts that hold descriptors at one time; further ones wait for their turn, and their timeout begins with it.
constexpr std::size_t most_under_way = 16'384;
/// Descriptors that are left to the rest of the process.
constexpr std::size_t reserved_descriptors = 512 + 2 * probes::SpareSockets::most;
constexpr std::size_t fewest_under_way = 16;
constexpr std::size_t events_at_once = 256;

/// The soft limit is for programs with select(); up to the hard one, a process may raise it by itself.
std::size_t attempts_allowed() {
  constexpr rlim_t wanted = most_under_way + reserved_descriptors + probes::IdleStreams::most;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return fewest_under_way;
  if (limit.rlim_cur < wanted) {
    const rlimit raised{std::min(wanted, limit.rlim_max), limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  if (limit.rlim_cur >= wanted) return most_under_way;
  const std::size_t others = reserved_descriptors + probes::IdleStreams::most;
  return limit.rlim_cur > others + fewest_under_way ? limit.rlim_cur - others : fewest_under_way;
}

std::unique_ptr<Attempt> make_attempt(probes::Host& host, const ProbeTarget& target, const CheckKind& kind) {
  struct Maker {
    probes::Host& host;
    const ProbeTarget& target;
    std::unique_ptr<Attempt> operator()(const TcpCheck& check) const { return make_tcp(host, target, check); }
    std::unique_ptr<Attempt> operator()(const HttpCheck& check) const { return make_http(host, target, check); }
    std::unique_ptr<Attempt> operator()(const MemberScriptCheck& check) const {
      return make_script(host, target, check);
    }
    std::unique_ptr<Attempt> operator()(const DnsCheck& check) const { return make_dns(host, target, check); }
    std::unique_ptr<Attempt> operator()(const SmtpCheck& check) const { return make_smtp(host, target, check); }
    std::unique_ptr<Attempt> operator()(const UdpCheck& check) const { return make_udp(host, target, check); }
    std::unique_ptr<Attempt> operator()(const PingCheck& check) const { return make_ping(host, target, check); }
    std::unique_ptr<Attempt> operator()(const GrpcCheck& check) const { return make_grpc(host, target, check); }
  };
  return std::visit(Maker{host, target}, kind);
}

}  // namespace

class Prober::Attempts final : public probes::Host, public std::enable_shared_from_this<Prober::Attempts> {
 public:
  Attempts(asio::io_context& loop, std::size_t most)
      : loop_(loop), most_(most), epoll_(loop, epoll_create1(EPOLL_CLOEXEC)), timer_(loop), ready_(events_at_once) {}

  void start(const ProbeTarget& target, std::shared_ptr<const CheckKind> kind, Done done);
  void stop();

  void wait(Attempt& attempt, int descriptor, std::uint32_t events, bool known) override;
  void finish(Attempt& attempt, ProbeOutcome outcome) override;
  asio::io_context& loop() override { return loop_; }
  probes::TlsContexts& tls() override { return tls_; }
  probes::IdleStreams& idle() override { return idle_; }
  probes::SpareSockets& spare_sockets() override { return spare_sockets_; }

 private:
  struct Slot {
    std::unique_ptr<Attempt> attempt;  ///< null: free
    std::shared_ptr<const CheckKind> kind;
    Done done;
    std::uint32_t generation = 0;  ///< tells an event of this attempt from one of its predecessor's
    int watched = -1;
  };
  struct Ended {
    std::unique_ptr<Attempt> attempt;
    std::shared_ptr<const CheckKind> kind;
    Done done;
    ProbeOutcome outcome;
  };

  std::uint32_t free_slot();
  void begin(std::uint32_t number);
  void await_ready();
  void take_ready();
  void await_deadline();
  void take_deadlines();
  void deliver();

  asio::io_context& loop_;
  const std::size_t most_;
  asio::posix::stream_descriptor epoll_;
  asio::steady_timer timer_;
  std::optional<Clock::time_point> timer_due_;
  probes::TlsContexts tls_;
  probes::IdleStreams idle_;
  probes::SpareSockets spare_sockets_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::deque<std::uint32_t> waiting_;
  std::size_t under_way_ = 0;
  probes::Deadlines deadlines_;
  std::vector<Ended> ended_;
  std::vector<Ended> delivered_;
  std::vector<epoll_event> ready_;
  bool awaiting_ = false;  // the epoll descriptor
  bool delivers_ = false;  // deliver() follows or is posted
  bool stopped_ = false;
};

std::uint32_t Prober::Attempts::free_slot() {
  if (free_.empty()) {
    slots_.emplace_back();
    return static_cast<std::uint32_t>(slots_.size() - 1);
  }
  const std::uint32_t number = free_.back();
  free_.pop_back();
  return number;
}

void Prober::Attempts::start(const ProbeTarget& target, std::shared_ptr<const CheckKind> kind, Done done) {
  const std::uint32_t number = free_slot();
  auto attempt = make_attempt(*this, target, *kind);
  attempt->slot = number;
  Slot& slot = slots_[number];
  slot.attempt = std::move(attempt);
  slot.kind = std::move(kind);
  slot.done = std::move(done);
  ++slot.generation;
  slot.watched = -1;
  if (under_way_ < most_) return begin(number);
  waiting_.push_back(number);
}

void Prober::Attempts::begin(std::uint32_t number) {
  Slot& slot = slots_[number];
  ++under_way_;
  deadlines_.add(number, Clock::now(), timeout_of(*slot.kind));
  await_deadline();
  await_ready();
  slot.attempt->begin();
}

void Prober::Attempts::wait(Attempt& attempt, int descriptor, std::uint32_t events, bool known) {
  Slot& slot = slots_[attempt.slot];
  if (slot.attempt.get() != &attempt) return;  // it has ended already
  epoll_event event{};
  event.events = events | EPOLLONESHOT;
  event.data.u64 = (std::uint64_t{slot.generation} << 32) | attempt.slot;
  const int epoll = epoll_.native_handle();
  const int likely = known || slot.watched == descriptor ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  slot.watched = descriptor;
  if (epoll_ctl(epoll, likely, descriptor, &event) == 0) return;
  // A number that was closed and opened again is new to epoll; a connection that was kept is known already.
  const int other = likely == EPOLL_CTL_MOD ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  if ((errno == ENOENT || errno == EEXIST) && epoll_ctl(epoll, other, descriptor, &event) == 0) return;
  finish(attempt, {false, "cannot wait for the socket: " + probes::failure_text(errno), std::nullopt, true});
}

void Prober::Attempts::finish(Attempt& attempt, ProbeOutcome outcome) {
  Slot& slot = slots_[attempt.slot];
  if (slot.attempt.get() != &attempt) return;  // it has ended already
  deadlines_.remove(attempt.slot);
  --under_way_;
  ended_.push_back({std::move(slot.attempt), std::move(slot.kind), std::move(slot.done), std::move(outcome)});
  free_.push_back(attempt.slot);
  if (std::exchange(delivers_, true)) return;
  asio::post(loop_, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->deliver();
  });
}

/// Tells the outcomes, after which nothing of these attempts is used any more; then others' turn may have come.
void Prober::Attempts::deliver() {
  delivers_ = false;
  delivered_.swap(ended_);
  for (Ended& ended : delivered_) {
    ended.attempt.reset();
    if (!stopped_) ended.done(std::move(ended.outcome));
  }
  delivered_.clear();
  while (!stopped_ && !waiting_.empty() && under_way_ < most_) {
    const std::uint32_t number = waiting_.front();
    waiting_.pop_front();
    begin(number);
  }
}

void Prober::Attempts::await_ready() {
  if (std::exchange(awaiting_, true)) return;
  epoll_.async_wait(asio::posix::stream_descriptor::wait_read, [weak = weak_from_this()](const auto& error) {
    const auto self = weak.lock();
    if (!self || error || self->stopped_) return;
    self->awaiting_ = false;
    self->take_ready();
  });
}

/// One portion; what is left makes the descriptor ready again, so that others of the loop have their turn.
void Prober::Attempts::take_ready() {
  const int count = epoll_wait(epoll_.native_handle(), ready_.data(), static_cast<int>(ready_.size()), 0);
  delivers_ = true;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = ready_[static_cast<std::size_t>(i)];
    const auto number = static_cast<std::uint32_t>(event.data.u64);
    const auto generation = static_cast<std::uint32_t>(event.data.u64 >> 32);
    Slot& slot = slots_[number];
    if (slot.attempt && slot.generation == generation) slot.attempt->ready(event.events);
  }
  deliver();
  if (!stopped_ && under_way_ > 0) await_ready();
}

/// The timer is left alone where it fires early enough: most attempts end long before their time.
void Prober::Attempts::await_deadline() {
  auto due = deadlines_.next();
  if (const auto close = idle_.next_close(); close && (!due || *close < *due)) due = close;
  if (!due || (timer_due_ && *timer_due_ <= *due)) return;
  timer_due_ = due;
  timer_.expires_at(*due);
  timer_.async_wait([weak = weak_from_this()](const auto& error) {
    const auto self = weak.lock();
    if (!self || error || self->stopped_) return;
    self->timer_due_.reset();
    self->take_deadlines();
  });
}

void Prober::Attempts::take_deadlines() {
  const auto now = Clock::now();
  delivers_ = true;
  while (const auto number = deadlines_.take_due(now)) {
    Slot& slot = slots_[*number];
    slot.attempt->expire(timeout_of(*slot.kind));
  }
  idle_.close_old(now);
  deliver();
  if (!stopped_) await_deadline();
}

void Prober::Attempts::stop() {
  stopped_ = true;
  timer_.cancel();
  epoll_.cancel();
  for (Slot& slot : slots_) slot.attempt.reset();
  waiting_.clear();
}

Prober::Prober(asio::io_context& loop, std::optional<std::size_t> most)
    : attempts_(std::make_shared<Attempts>(loop, most ? *most : attempts_allowed())) {}

Prober::~Prober() {
  attempts_->stop();
}

void Prober::start(const ProbeTarget& target, std::shared_ptr<const CheckKind> kind, Done done) {
  attempts_->start(target, std::move(kind), std::move(done));
}

}  // namespace ballast
