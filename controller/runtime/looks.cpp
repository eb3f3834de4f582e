#include "controller/runtime/looks.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "controller/report/log.hpp"
#include "controller/report/plan_text.hpp"

namespace ballast {
namespace {

constexpr std::chrono::milliseconds first_retry{500};
constexpr std::chrono::milliseconds longest_retry{30000};
/// Connections that end are seen only by looking.
constexpr std::chrono::milliseconds while_draining{1000};
constexpr std::size_t most_lines = 20;  // of one change, in the log

void log_changes(const Convergence& result) {
  if (result.report.writes == 0) return;
  for (const std::string& line : plan_lines(result.plan, most_lines)) log_line(LogLevel::info, line);
  log_line(LogLevel::info, fmt::format("applied {} changes in {} kernel writes, {:.1f} ms", result.report.done,
                                       result.report.writes, result.applied.count()));
}

}  // namespace

Looks::Looks(boost::asio::io_context& loop, std::string state_dir, std::chrono::milliseconds resync,
             LooksCallbacks callbacks)
    : loop_(loop),
      resync_(resync),
      callbacks_(std::move(callbacks)),
      next_(loop),
      retry_after_(first_retry),
      worker_(std::move(state_dir),
              [this](Look seen) { boost::asio::post(loop_, [this, seen = std::move(seen)] { take(seen); }); }) {}

void Looks::look(Extent extent) {
  if (stopping_) return;
  Order order = callbacks_.order();
  const bool first = !complete_ || order.only_look;
  order.extent = first ? Extent::everything : extent;
  worker_.order(std::move(order));
}

void Looks::stop() {
  stopping_ = true;
  next_.cancel();
}

void Looks::take(const Look& seen) {
  if (stopping_) return;
  if (seen.extent != Extent::everything) return take_part(seen);
  if (seen.result) {
    last_ = seen.result;
    callbacks_.observed(*seen.result);
    if (seen.only_looked) return look();
    log_changes(*seen.result);
    complete_ = true;
  }
  complain(seen);
  callbacks_.judged();
  look_later(!complaints_.empty(), seen.result && !seen.result->drains.empty());
}

/// What the network's events led to. What went wrong is said by the next look at everything, which is then soon.
void Looks::take_part(const Look& seen) {
  if (seen.result) log_changes(*seen.result);
  if (!seen.result || !seen.result->converged()) look();
}

/// Each complaint is logged once.
void Looks::complain(const Look& seen) {
  std::vector<std::string> complaints;
  if (!seen.error.empty()) complaints.push_back(seen.error);
  if (seen.result) {
    for (const Failure& failure : seen.result->report.failures) complaints.push_back(failure.text);
  }
  for (const std::string& complaint : complaints) {
    const bool is_new = std::find(complaints_.begin(), complaints_.end(), complaint) == complaints_.end();
    if (is_new) log_line(LogLevel::error, complaint);
  }
  if (complaints.empty() && !complaints_.empty()) log_line(LogLevel::notice, "the kernel is as wanted again");
  complaints_ = std::move(complaints);
  trouble_ = seen.trouble();
}

void Looks::look_later(bool failed, bool draining) {
  std::chrono::milliseconds after = draining ? std::min(while_draining, resync_) : resync_;
  if (failed) {
    after = std::min(retry_after_, after);
    retry_after_ = std::min(retry_after_ * 2, longest_retry);
  } else {
    retry_after_ = first_retry;
  }
  next_.expires_after(after);
  next_.async_wait([this](const auto& error) {
    if (!error) look();
  });
}

}  // namespace ballast
