// What TCP attempts cost by themselves, without schedule and verdicts: probe_cpu PORT TARGETS INTERVAL_MS SECONDS.
// Targets are 127.1.0.0 and on; each is probed once an interval, evenly. Prints microseconds of CPU for each attempt,
// the largest memory, and the most attempts under way and begun in 10 ms. probe_cpu PORT: the server behind all
// targets.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/descriptor.hpp"
#include "drivers/probes/prober.hpp"

namespace {

using namespace ballast;
using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr microseconds tick{5000};
constexpr milliseconds burst_window{10};

/// Accepts and closes, for ever.
int listen_on(std::uint16_t port) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);  // it comes back after a few seconds
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  if (bind(listener, reinterpret_cast<sockaddr*>(&name), sizeof name) != 0 || listen(listener, 4096) != 0) {
    std::perror("listen");
    return 1;
  }
  while (true) ::close(accept(listener, nullptr, nullptr));
}

double cpu_microseconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

class Rounds {
 public:
  Rounds(std::size_t targets, milliseconds interval, std::uint16_t port)
      : timer_(loop_), prober_(loop_), kind_(std::make_shared<const CheckKind>(TcpCheck{})), interval_(interval) {
    for (std::size_t i = 0; i < targets; ++i) {
      const std::uint8_t bytes[] = {127, 1, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)};
      targets_.push_back({IpAddress::from_bytes(Family::ipv4, bytes), port, std::nullopt, 0});
    }
  }

  void run(std::chrono::seconds length) {
    begun_ = Clock::now();
    step();
    loop_.run_for(length);
  }

  std::size_t ended = 0;
  std::size_t failed = 0;
  std::size_t most_under_way = 0;
  std::size_t largest_burst = 0;

 private:
  void step() {
    const auto now = Clock::now();
    const auto due = static_cast<std::size_t>((now - begun_) * targets_.size() / interval_);
    for (; started_ < due; ++started_) start(now, targets_[started_ % targets_.size()]);
    timer_.expires_at(now + tick);
    timer_.async_wait([this](const auto& error) {
      if (!error) step();
    });
  }

  void start(Clock::time_point now, const ProbeTarget& target) {
    prober_.start(target, kind_, [this](const ProbeOutcome& outcome) {
      ++ended;
      failed += outcome.passed ? 0 : 1;
    });
    most_under_way = std::max(most_under_way, started_ + 1 - ended);
    recent_.push_back(now);
    while (recent_.front() + burst_window <= now) recent_.pop_front();
    largest_burst = std::max(largest_burst, recent_.size());
  }

  boost::asio::io_context loop_{1};
  boost::asio::steady_timer timer_;
  Prober prober_;
  std::shared_ptr<const CheckKind> kind_;
  milliseconds interval_;
  std::vector<ProbeTarget> targets_;
  std::size_t started_ = 0;
  Clock::time_point begun_;
  std::deque<Clock::time_point> recent_;
};

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int i) { return std::strtol(argv[i], nullptr, 10); };
  if (argc == 2) return listen_on(static_cast<std::uint16_t>(number(1)));
  if (argc != 5) {
    std::fputs("usage: probe_cpu PORT [TARGETS INTERVAL_MS SECONDS]\n", stderr);
    return 2;
  }
  Rounds rounds(static_cast<std::size_t>(number(2)), milliseconds{number(3)}, static_cast<std::uint16_t>(number(1)));
  const double before = cpu_microseconds();
  rounds.run(std::chrono::seconds{number(4)});
  const double used = cpu_microseconds() - before;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("attempts %zu failed %zu cpu_us_each %.2f memory_kb %ld most_under_way %zu largest_in_10ms %zu\n",
              rounds.ended, rounds.failed, used / static_cast<double>(std::max<std::size_t>(rounds.ended, 1)),
              usage.ru_maxrss, rounds.most_under_way, rounds.largest_burst);
  return 0;
}
