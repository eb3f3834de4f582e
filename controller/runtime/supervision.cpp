#include "controller/runtime/supervision.hpp"

#include <algorithm>
#include <atomic>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <time.h>

#include "controller/report/log.hpp"

namespace ballast {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

/// Between two looks at the threads, where the watchdog asks for no shorter time.
constexpr std::chrono::microseconds between_looks{std::chrono::seconds{1}};
constexpr std::chrono::microseconds fastest{std::chrono::milliseconds{10}};

/// CLOCK_MONOTONIC in microseconds, as RELOADING=1 wants it.
long long monotonic_us() {
  timespec now = {};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<long long>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
}

}  // namespace

class Supervision::Pulse : public std::enable_shared_from_this<Supervision::Pulse> {
 public:
  Pulse(asio::io_context& loop, ServiceManager manager, SupervisionCallbacks callbacks)
      : manager_(std::move(manager)), callbacks_(std::move(callbacks)), timer_(loop) {
    if (const auto watchdog = manager_.watchdog()) period_ = std::clamp(*watchdog / 2, fastest, period_);
  }

  void start() { beat(); }

  void stop(bool tell) {
    stopped_ = true;
    timer_.cancel();
    if (tell) manager_.tell("STOPPING=1\nSTATUS=stopping");
  }

  void ready() {
    if (state_ == State::starting) tell_ready();
  }

  void reloading() {
    if (state_ != State::ready || stopped_) return;
    manager_.tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\nSTATUS=reading the manifest", monotonic_us()));
    state_ = State::reloading;
  }

  void reloaded() {
    if (state_ == State::reloading) tell_ready();
  }

  [[nodiscard]] std::string ailment() const {
    Vitals vitals = callbacks_.vitals();
    if (asked_ && !asked_->load()) vitals.vrrp_asked_at = asked_at_;
    return ballast::ailment(vitals, Clock::now());
  }

 private:
  enum class State { starting, ready, reloading };

  void beat() {
    if (!asked_ || asked_->load()) {
      asked_ = std::make_shared<std::atomic<bool>>(false);
      asked_at_ = Clock::now();
      callbacks_.ask_vrrp([asked = asked_] { asked->store(true); });
    }
    const std::string ill = ailment();
    if (!ill.empty() && told_ill_.empty()) {
      log_line(LogLevel::error, manager_.watchdog() ? ill + "; the watchdog is not fed" : ill);
    }
    if (ill.empty() && !told_ill_.empty()) log_line(LogLevel::notice, "all threads make progress again");
    told_ill_ = ill;
    if (ill.empty()) feed();
    if (state_ == State::ready) tell_status();
    timer_.expires_after(period_);
    timer_.async_wait([weak = weak_from_this()](const auto& error) {
      const auto self = weak.lock();
      if (self && !error && !self->stopped_) self->beat();
    });
  }

  /// At half of the time in which it must be heard, or a little more often.
  void feed() {
    const auto watchdog = manager_.watchdog();
    const auto now = Clock::now();
    if (!watchdog || now + period_ / 2 < fed_at_ + *watchdog / 2) return;
    if (manager_.tell("WATCHDOG=1")) fed_at_ = now;
  }

  void tell_ready() {
    if (stopped_) return;
    told_status_ = callbacks_.status();
    if (manager_.tell("READY=1\nSTATUS=" + told_status_)) state_ = State::ready;
  }

  void tell_status() {
    std::string status = callbacks_.status();
    if (status == told_status_) return;
    if (manager_.tell("STATUS=" + status)) told_status_ = std::move(status);
  }

  ServiceManager manager_;
  SupervisionCallbacks callbacks_;
  asio::steady_timer timer_;
  std::chrono::microseconds period_ = between_looks;
  std::shared_ptr<std::atomic<bool>> asked_;  // whether the VRRP thread has answered
  Clock::time_point asked_at_{};
  Clock::time_point fed_at_{};
  std::string told_status_;
  std::string told_ill_;
  State state_ = State::starting;
  bool stopped_ = false;
};

Supervision::Supervision(asio::io_context& loop, ServiceManager manager, SupervisionCallbacks callbacks)
    : pulse_(std::make_shared<Pulse>(loop, std::move(manager), std::move(callbacks))) {}

Supervision::~Supervision() {
  pulse_->stop(false);
}

void Supervision::start() {
  pulse_->start();
}

void Supervision::ready() {
  pulse_->ready();
}

void Supervision::reloading() {
  pulse_->reloading();
}

void Supervision::reloaded() {
  pulse_->reloaded();
}

void Supervision::stopping() {
  pulse_->stop(true);
}

std::string Supervision::ailment() const {
  return pulse_->ailment();
}

}  // namespace ballast
