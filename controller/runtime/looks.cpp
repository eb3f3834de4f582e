#include "controller/runtime/looks.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "controller/report/log.hpp"
#include "controller/report/plan_text.hpp"
#include "controller/report/service_text.hpp"
#include "drivers/boot_clock.hpp"
#include "reconcilers/changed.hpp"

namespace ballast {
namespace {

constexpr std::chrono::milliseconds first_retry{500};
constexpr std::chrono::milliseconds longest_retry{30000};
/// Connections that end are seen only by looking.
constexpr std::chrono::milliseconds while_draining{1000};
/// A look at everything may use a fiftieth of a processor. What the worker measures is not all of it: its result is
/// taken over, and the one before given back, by the loop.
constexpr int share = 75;
/// A look at changes takes about half of its time for looking; a tenth of a processor in all.
constexpr int share_of_changes = 20;
constexpr std::chrono::milliseconds longest_wait{1000};
constexpr std::size_t most_lines = 20;  // of one change, in the log

/// What failed is said by complain(), once.
void log_changes(const Convergence& result) {
  if (result.report.done == 0) return;
  const auto& failures = result.report.failures;
  const Plan done = failures.empty() ? Plan{} : carried_out(result.plan, failures);
  for (const std::string& line : plan_lines(failures.empty() ? result.plan : done, most_lines)) {
    log_line(LogLevel::info, line);
  }
  log_line(LogLevel::info, fmt::format("applied {} in {}, {:.1f} ms", plural(result.report.done, "change"),
                                       plural(result.report.writes, "kernel write"), result.applied.count()));
}

}  // namespace

Looks::Looks(boost::asio::io_context& loop, std::string state_dir, std::chrono::milliseconds resync,
             LooksCallbacks callbacks)
    : loop_(loop),
      resync_(resync),
      callbacks_(std::move(callbacks)),
      sweep_(loop),
      soon_(loop),
      rested_(loop),
      retry_after_(first_retry),
      worker_(std::move(state_dir),
              {[this](Look seen) { boost::asio::post(loop_, [this, seen = std::move(seen)] { take(seen); }); },
               [this] { boost::asio::post(loop_, [this] { take_trip(); }); }}) {}

void Looks::order(Extent extent) {
  if (stopping_) return;
  Order order = callbacks_.order();
  order.extent = extent;
  // While nothing is changed, nothing is urgent either: the plan is shown as often as looking is affordable.
  if (callbacks_.suspended() && looked_ && Clock::now() < swept_ + cost_ * share) return sweep_at(swept_ + rest());
  worker_.order(std::move(order));
}

void Looks::stop() {
  stopping_ = true;
  sweep_.cancel();
  soon_.cancel();
  rested_.cancel();
}

void Looks::look_when_affordable() {
  if (Clock::now() >= affordable_) return look();
  rested_.expires_at(affordable_);
  rested_.async_wait([this](const auto& error) {
    if (!error) look();
  });
}

void Looks::take(const Look& seen) {
  if (stopping_) return;
  callbacks_.taken(seen);
  if (seen.saw_everything()) {
    cost_ = seen.cpu;
    swept_ = Clock::now();
    last_ = seen.result;
    only_looked_ = seen.only_looked;
    callbacks_.observed(*seen.result);
  } else if (seen.result) {
    affordable_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                     std::min<Milliseconds>(seen.cpu * share_of_changes, longest_wait));
    merge(last_->before, std::move(seen.result->before), *seen.result->only);
  }
  if (seen.result) {
    if (auto& after = seen.result->after) {
      if (after->only) {
        merge(last_->before, std::move(after->seen), *after->only);
      } else {
        last_->before = std::move(after->seen);
      }
    }
    // The first look was for the checks, which now know what the kernel has.
    if (seen.only_looked && !std::exchange(looked_, true)) return order(Extent::everything);
    log_changes(*seen.result);
    if (!seen.happenings.first.empty() || seen.happenings.more > 0) callbacks_.happened(seen.happenings);
    complete_ = looked_ = true;
  }
  complain(seen);
  callbacks_.judged();
  look_later(seen);
}

/// Each complaint is logged once.
void Looks::complain(const Look& seen) {
  const auto is_known = [&](const Trouble& trouble) {
    return std::any_of(troubles_.begin(), troubles_.end(), [&](const Trouble& known) {
      return known.kind == trouble.kind && known.object == trouble.object && known.text == trouble.text;
    });
  };
  const bool complained = !error_.empty() || !troubles_.empty();
  if (!seen.error.empty() && seen.error != error_) {
    log_line(LogLevel::error, seen.error);
    callbacks_.failed(seen.error);
  }
  for (const Trouble& trouble : seen.troubles) {
    if (is_known(trouble)) continue;
    log_line(trouble.failed ? LogLevel::error : LogLevel::warning, trouble.text);
    callbacks_.failed(trouble.text);
  }
  if (complained && seen.error.empty() && seen.troubles.empty()) {
    log_line(LogLevel::notice, "the kernel is as wanted again");
  }
  error_ = seen.error;
  troubles_ = seen.troubles;
  trouble_ = seen.trouble();
}

std::vector<std::string> Looks::complaints() const {
  std::vector<std::string> complaints;
  if (!error_.empty()) complaints.push_back(error_);
  const auto now = boot_time();
  for (const Trouble& trouble : troubles_) {
    complaints.push_back(trouble.text);
    if (!trouble.until) continue;
    const auto left = std::chrono::duration<double>(std::max(*trouble.until - now, std::chrono::nanoseconds{0}));
    complaints.back() += fmt::format("; tried again in {:.1f} s", left.count());
  }
  return complaints;
}

/// The first time it is followed at once; somebody who trips it again and again must not make everything be read all
/// the time.
void Looks::take_trip() {
  const auto now = Clock::now();
  if (now < no_trip_) return sweep_at(std::min(no_trip_, sweep_.expiry()));
  no_trip_ = now + std::chrono::duration_cast<Clock::duration>(cost_ * share);
  look_at_everything();
}

Looks::Clock::duration Looks::rest() const {
  return std::max<Clock::duration>(resync_, std::chrono::duration_cast<Clock::duration>(cost_ * share));
}

void Looks::sweep_at(Clock::time_point when) {
  sweep_.expires_at(when);
  sweep_.async_wait([this](const auto& error) {
    if (!error) look_at_everything();
  });
}

void Looks::look_later(const Look& seen) {
  if (seen.saw_everything()) sweep_at(swept_ + rest());
  std::optional<Clock::duration> after;
  const auto no_later = [&](Clock::duration wait) { after = std::min(after.value_or(wait), wait); };
  if (!seen.result || !seen.result->remaining.empty()) {
    no_later(std::min(retry_after_, resync_));
    retry_after_ = std::min(retry_after_ * 2, longest_retry);
  } else {
    retry_after_ = first_retry;
  }
  if (seen.next) no_later(std::max(*seen.next - boot_time(), std::chrono::nanoseconds{0}));
  if (seen.result && !seen.result->drains.empty()) no_later(std::min(while_draining, resync_));
  soon_.cancel();
  if (!after) return;
  soon_.expires_after(*after);
  soon_.async_wait([this](const auto& error) {
    if (!error) look();
  });
}

}  // namespace ballast
