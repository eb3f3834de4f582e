#include "controller/commands/progress.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "controller/report/connections_text.hpp"
#include "controller/report/terminal.hpp"

namespace ballast {
namespace {

constexpr std::chrono::milliseconds patience{500};

std::string_view doing(const IpvsWrite& write) {
  if (std::holds_alternative<ServiceWrite>(write)) return "writing services";
  if (std::holds_alternative<DestinationWrite>(write)) return "writing destinations";
  return "writing";
}

}  // namespace

std::string progress_text(std::string_view doing, std::size_t done, std::size_t total) {
  return fmt::format("{}: {} of {} ({} %)", doing, grouped(done), grouped(total),
                     total == 0 ? 100 : done * 100 / total);
}

ProgressLine::ProgressLine() : shown_(is_screen(stderr)) {}

std::chrono::seconds ProgressLine::waited() const {
  return std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - begun_);
}

void ProgressLine::say(std::string_view text) {
  if (!shown_ || Clock::now() - begun_ < patience) return;
  visible_ = true;
  fmt::print(stderr, "\r\033[K{}", text);
  std::fflush(stderr);
}

void ProgressLine::clear() {
  if (!visible_) return;
  visible_ = false;
  fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
}

Result<IpvsTable> ProgressIpvs::dump() {
  say_("reading the kernel's IPVS tables");
  auto table = ipvs_.dump();
  clear_();
  return table;
}

std::vector<int> ProgressIpvs::write(std::span<const IpvsWrite> writes) {
  std::vector<int> errnums;
  errnums.reserve(writes.size());
  while (errnums.size() < writes.size()) {
    const auto rest = writes.subspan(errnums.size());
    say_(progress_text(doing(rest.front()), errnums.size(), writes.size()));
    const auto some = ipvs_.write(rest.first(std::min(portion, rest.size())));
    errnums.insert(errnums.end(), some.begin(), some.end());
  }
  clear_();
  return errnums;
}

}  // namespace ballast
