#include "controller/metrics/scraper.hpp"

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include "drivers/boot_clock.hpp"
#include "drivers/ipvs.hpp"
#include "drivers/thread.hpp"

namespace ballast::metrics {
namespace {

namespace asio = boost::asio;

constexpr std::size_t most_waiting = 256;
constexpr std::chrono::nanoseconds least_between_pages = std::chrono::milliseconds{500};
constexpr int share = 10;  // of the time, at most one in so many
constexpr int niceness = 10;
constexpr const char* content_type = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace

class Scraper::Pages : public std::enable_shared_from_this<Scraper::Pages> {
 public:
  Pages(asio::io_context& loop, std::function<Values()> collect, std::function<void(const std::string&)> log)
      : loop_(loop), collect_(std::move(collect)), log_(std::move(log)) {}

  void get(Done done) {
    if (page_ && boot_time() < fresh_until_) return done(response());
    if (waiting_.size() >= most_waiting) return done(http::error_response(503, "too many ask for the metrics"));
    waiting_.push_back(std::move(done));
    if (std::exchange(making_, true)) return;
    page_.reset();
    if (!thread_) start_thread();
    asio::post(*thread_, [weak = weak_from_this(), &loop = loop_, &kernel = kernel_, values = collect_()]() mutable {
      const auto begin = boot_time();
      values.ipvs = kernel.statistics();
      values.process = process_usage();
      const std::string trouble = values.ipvs ? std::string() : values.ipvs.error().text;
      auto page = std::make_shared<const std::string>(text_of(values));
      const auto took = boot_time() - begin;
      asio::post(loop, [weak, page = std::move(page), took, trouble] {
        if (const auto self = weak.lock()) self->take(page, took, trouble);
      });
    });
  }

  /// Nobody who waits is answered any more.
  void stop() {
    waiting_.clear();
    if (thread_) thread_->join();
  }

 private:
  void start_thread() {
    thread_.emplace(1);
    asio::post(*thread_, [] {
      begin_thread("metrics");
      // Repairs come first; of the calling thread only, whatever POSIX says (setpriority(2)).
      ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);
    });
  }

  void take(std::shared_ptr<const std::string> page, std::chrono::nanoseconds took, const std::string& trouble) {
    page_ = std::move(page);
    making_ = false;
    fresh_until_ = boot_time() + std::max(least_between_pages, took * share);
    if (!trouble.empty() && trouble != told_) log_("metrics without the kernel's counters: " + trouble);
    told_ = trouble;
    for (const Done& done : std::exchange(waiting_, {})) done(response());
  }

  [[nodiscard]] http::Response response() const {
    http::Response response;
    response.content_type = content_type;
    response.shared_body = page_;
    return response;
  }

  asio::io_context& loop_;
  std::function<Values()> collect_;
  std::function<void(const std::string&)> log_;
  std::vector<Done> waiting_;
  std::shared_ptr<const std::string> page_;
  std::chrono::nanoseconds fresh_until_{};
  std::string told_;
  bool making_ = false;
  NetlinkIpvs kernel_;                       // the thread's
  std::optional<asio::thread_pool> thread_;  // the last member: it uses the others
};

Scraper::Scraper(asio::io_context& loop, std::function<Values()> collect, std::function<void(const std::string&)> log)
    : pages_(std::make_shared<Pages>(loop, std::move(collect), std::move(log))) {}

Scraper::~Scraper() {
  pages_->stop();
}

void Scraper::get(Done done) {
  pages_->get(std::move(done));
}

}  // namespace ballast::metrics
