// Answers GET /metrics: values are taken on the loop, which costs little; reading the kernel's counters and writing
// megabytes of text is done in a thread of its own, so that neither the loop nor the reconciling worker waits for it.
//
// Bounds: one page is made at a time and all who ask meanwhile get it; it is given again for a while that grows with
// what it cost, so that scraping takes at most a tenth of a processor, however many ask how often.
// Threads: the loop's only.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "controller/http/message.hpp"
#include "controller/metrics/page.hpp"

namespace boost::asio {
class io_context;
}

namespace ballast::metrics {

class Scraper {
 public:
  using Done = std::function<void(http::Response)>;

  /// `collect`: everything of Values but `ipvs` and `process`. `log` gets what keeps the counters from being read,
  /// once.
  Scraper(boost::asio::io_context& loop, std::function<Values()> collect, std::function<void(const std::string&)> log);
  /// Waits for the page that is being made; nobody gets it.
  ~Scraper();
  Scraper(const Scraper&) = delete;
  Scraper& operator=(const Scraper&) = delete;

  /// `done` is called once, at once or later from the loop.
  void get(Done done);

 private:
  class Pages;
  std::shared_ptr<Pages> pages_;
};

}  // namespace ballast::metrics
