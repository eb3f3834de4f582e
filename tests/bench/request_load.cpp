// An open loop of HTTP requests: so many each second, each by a connection of its own, whether or not earlier ones were
// answered, as clients do who know nothing of one another. Prints what became of them.
//   request_load ADDRESS PORT REQUESTS_PER_SECOND SECONDS [SOURCE...]
// Ends early at SIGTERM. Sources: addresses of this host that are used in turn, as each has 28,000 ports only.
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// A request that has no answer by then never gets one; TCP has sent its SYN again after 1 and 3 seconds meanwhile.
constexpr milliseconds patience{3500};
constexpr milliseconds late{500};
constexpr std::string_view request = "GET / HTTP/1.0\r\nHost: bench\r\n\r\n";

volatile std::sig_atomic_t stopped = 0;

struct Attempt {
  Clock::time_point begun{};
  std::uint32_t number = 0;  ///< tells this attempt from an earlier one with the same descriptor
  bool open = false;
  bool sent = false;
};

struct Pending {
  int descriptor;
  std::uint32_t number;
  Clock::time_point begun;
};

class Load {
 public:
  Load(sockaddr_in server, std::vector<sockaddr_in> sources) : server_(server), sources_(std::move(sources)) {
    epoll_ = epoll_create1(0);
    attempts_.resize(65536);
  }

  void run(unsigned rate, std::chrono::seconds duration) {
    const auto start = Clock::now();
    const auto end = start + duration;
    last_answer_ = start;
    for (auto now = start; now < end && stopped == 0; now = Clock::now()) {
      const auto due = static_cast<std::uint64_t>(std::chrono::duration<double>(now - start).count() * rate);
      // At once what is due, but never so much that answers wait for it.
      for (unsigned burst = 0; begun_ < due && burst < 64; ++burst) begin(Clock::now());
      take(begun_ < due ? 0 : 1);
      give_up(Clock::now());
    }
    seconds_ = std::chrono::duration<double>(Clock::now() - start).count();
    while (!pending_.empty()) {
      take(10);
      give_up(Clock::now());
    }
  }

  void print() const {
    std::printf("requests %llu (%.0f/s) answered %llu late %llu refused %llu reset %llu unanswered %llu", ull(begun_),
                static_cast<double>(begun_) / seconds_, ull(answered_), ull(late_), ull(refused_), ull(reset_),
                ull(unanswered_));
    std::printf(" silence %lld ms\n", static_cast<long long>(silence_.count()));
  }

 private:
  static unsigned long long ull(std::uint64_t value) { return value; }

  void begin(Clock::time_point now) {
    ++begun_;
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0 || static_cast<std::size_t>(descriptor) >= attempts_.size()) {
      std::fprintf(stderr, "request_load: socket: %s\n", std::strerror(errno));
      std::exit(2);
    }
    const int one = 1;
    const int off = 0;
    const linger reset_at_close{1, 0};  // no TIME_WAIT: the ports would be used up in seconds
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &reset_at_close, sizeof reset_at_close);
    // The handshake's last packet waits for the request and goes with it: a packet less for the guest.
    setsockopt(descriptor, IPPROTO_TCP, TCP_QUICKACK, &off, sizeof off);
    if (!sources_.empty()) {
      setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
      const auto& source = sources_[begun_ % sources_.size()];
      if (bind(descriptor, reinterpret_cast<const sockaddr*>(&source), sizeof source) != 0) return failed(descriptor);
    }
    attempts_[descriptor] = {now, ++number_, true, false};
    pending_.push_back({descriptor, number_, now});
    if (connect(descriptor, reinterpret_cast<const sockaddr*>(&server_), sizeof server_) != 0 && errno != EINPROGRESS) {
      return failed(descriptor);
    }
    epoll_event event{EPOLLOUT | EPOLLIN, {}};
    event.data.fd = descriptor;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
  }

  void failed(int descriptor) {
    ++(errno == ECONNREFUSED ? refused_ : errno == ECONNRESET ? reset_ : unanswered_);
    end(descriptor);
  }

  void end(int descriptor) {
    attempts_[descriptor].open = false;
    close(descriptor);
  }

  void take(int wait_ms) {
    std::array<epoll_event, 256> events;
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_ms);
    for (int index = 0; index < count; ++index) advance(events[index].data.fd, events[index].events);
  }

  void advance(int descriptor, std::uint32_t events) {
    auto& attempt = attempts_[descriptor];
    if (!attempt.open) return;
    if (!attempt.sent) {
      if (send(descriptor, request.data(), request.size(), MSG_NOSIGNAL) < 0) return failed(descriptor);
      attempt.sent = true;
      epoll_event event{EPOLLIN, {}};
      event.data.fd = descriptor;
      epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event);
    }
    if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) == 0) return;
    std::array<char, 2048> text;
    const auto size = recv(descriptor, text.data(), text.size(), 0);
    if (size < 0 && errno == EAGAIN) return;
    if (size < 0) return failed(descriptor);
    if (!std::string_view(text.data(), static_cast<std::size_t>(size)).starts_with("HTTP/1.1 200")) {
      errno = ECONNRESET;
      return failed(descriptor);
    }
    answer(Clock::now(), attempt);
    end(descriptor);
  }

  void answer(Clock::time_point now, const Attempt& attempt) {
    ++answered_;
    if (now - attempt.begun > late) ++late_;
    silence_ = std::max(silence_, std::chrono::duration_cast<milliseconds>(now - last_answer_));
    last_answer_ = now;
  }

  void give_up(Clock::time_point now) {
    while (!pending_.empty()) {
      const auto& oldest = pending_.front();
      const auto& attempt = attempts_[oldest.descriptor];
      const bool done = !attempt.open || attempt.number != oldest.number;
      if (!done && now - oldest.begun < patience) return;
      if (!done) {
        ++unanswered_;
        end(oldest.descriptor);
      }
      pending_.pop_front();
    }
  }

  sockaddr_in server_;
  std::vector<sockaddr_in> sources_;
  int epoll_;
  std::vector<Attempt> attempts_;  ///< by descriptor
  std::deque<Pending> pending_;    ///< in the order in which they began
  std::uint32_t number_ = 0;
  std::uint64_t begun_ = 0, answered_ = 0, late_ = 0, refused_ = 0, reset_ = 0, unanswered_ = 0;
  Clock::time_point last_answer_{};
  milliseconds silence_{};  ///< longest time without any answer
  double seconds_ = 0;
};

sockaddr_in address_of(const char* text, const char* port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port)));
  if (inet_pton(AF_INET, text, &address.sin_addr) != 1) {
    std::fprintf(stderr, "request_load: not an IPv4 address: %s\n", text);
    std::exit(2);
  }
  return address;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 5) {
    std::fprintf(stderr, "usage: request_load ADDRESS PORT REQUESTS_PER_SECOND SECONDS [SOURCE...]\n");
    return 2;
  }
  std::signal(SIGTERM, [](int) { stopped = 1; });
  rlimit descriptors{};
  getrlimit(RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = descriptors.rlim_max;
  setrlimit(RLIMIT_NOFILE, &descriptors);
  std::vector<sockaddr_in> sources;
  for (int index = 5; index < count; ++index) sources.push_back(address_of(arguments[index], "0"));
  Load load(address_of(arguments[1], arguments[2]), std::move(sources));
  load.run(static_cast<unsigned>(std::atoi(arguments[3])), std::chrono::seconds(std::atoi(arguments[4])));
  load.print();
}
