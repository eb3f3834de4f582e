#include "controller/runtime/counters.hpp"

#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include "drivers/boot_clock.hpp"
#include "drivers/ipvs.hpp"

namespace ballast {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds fresh{500};

}  // namespace

class Counters::Reader : public std::enable_shared_from_this<Counters::Reader> {
 public:
  explicit Reader(asio::io_context& loop) : loop_(loop) {}

  void read(std::function<void(const TrafficRates&)> then) {
    const auto at = rates_.taken_at();
    if (at && boot_time() - *at < fresh) return then(rates_);
    waiting_.push_back(std::move(then));
    if (std::exchange(reading_, true)) return;
    if (!thread_) thread_.emplace(1);
    asio::post(*thread_, [weak = weak_from_this(), &loop = loop_, &kernel = kernel_] {
      auto reading = std::make_shared<Result<IpvsStatistics>>(kernel.statistics());
      const auto now = boot_time();
      asio::post(loop, [weak, reading = std::move(reading), now] {
        if (const auto self = weak.lock()) self->take(*reading, now);
      });
    });
  }

  void stop() {
    waiting_.clear();
    if (thread_) thread_->join();
  }

 private:
  void take(Result<IpvsStatistics>& reading, TrafficRates::Time now) {
    reading_ = false;
    if (reading) rates_.take(std::move(*reading), now);
    for (const auto& then : std::exchange(waiting_, {})) then(rates_);
  }

  asio::io_context& loop_;
  TrafficRates rates_;
  std::vector<std::function<void(const TrafficRates&)>> waiting_;  // no more than the API has connections
  bool reading_ = false;
  NetlinkIpvs kernel_;                       // the thread's
  std::optional<asio::thread_pool> thread_;  // the last member: it uses the others
};

Counters::Counters(asio::io_context& loop) : reader_(std::make_shared<Reader>(loop)) {}

Counters::~Counters() {
  reader_->stop();
}

void Counters::read(std::function<void(const TrafficRates&)> then) {
  reader_->read(std::move(then));
}

}  // namespace ballast
