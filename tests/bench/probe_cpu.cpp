// What TCP attempts cost by themselves, without schedule and verdicts: probe_cpu TARGETS INTERVAL_MS SECONDS.
// Targets are 127.1.0.1 and on, behind one listener of this program's child; each is probed once an interval, evenly.
// Prints microseconds of CPU for each attempt, the largest memory, descriptors and attempts in 10 ms.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <netinet/in.h>
#include <sys/prctl.h>
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

constexpr microseconds tick{1000};
constexpr milliseconds burst_window{10};

std::uint16_t start_listener() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  socklen_t size = sizeof name;
  if (bind(listener, reinterpret_cast<sockaddr*>(&name), size) != 0 || listen(listener, 4096) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&name), &size) != 0) {
    std::perror("listen");
    std::exit(1);
  }
  if (fork() == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (true) ::close(accept(listener, nullptr, nullptr));
  }
  ::close(listener);
  return ntohs(name.sin_port);
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
  if (argc != 4) {
    std::fputs("usage: probe_cpu TARGETS INTERVAL_MS SECONDS\n", stderr);
    return 2;
  }
  const std::uint16_t port = start_listener();
  Rounds rounds(std::strtoul(argv[1], nullptr, 10), milliseconds{std::strtol(argv[2], nullptr, 10)}, port);
  const double before = cpu_microseconds();
  rounds.run(std::chrono::seconds{std::strtol(argv[3], nullptr, 10)});
  const double used = cpu_microseconds() - before;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("attempts %zu failed %zu cpu_us_each %.2f memory_kb %ld most_under_way %zu largest_in_10ms %zu\n",
              rounds.ended, rounds.failed, used / static_cast<double>(std::max<std::size_t>(rounds.ended, 1)),
              usage.ru_maxrss, rounds.most_under_way, rounds.largest_burst);
  return 0;
}
