#include "controller/report/log.hpp"

#include <chrono>
#include <cstdlib>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "controller/report/terminal.hpp"

namespace ballast {
namespace {

std::string_view word(LogLevel level) {
  switch (level) {
    case LogLevel::error:
      return "error: ";
    case LogLevel::warning:
      return "warning: ";
    case LogLevel::notice:
    case LogLevel::info:
      break;
  }
  return "";
}

}  // namespace

void log_line(LogLevel level, std::string_view text) {
  static const bool journal = std::getenv("JOURNAL_STREAM") != nullptr;
  if (journal) {
    fmt::print(stderr, "<{}>{}\n", static_cast<int>(level), text);
    return;
  }
  static const Palette palette = Palette::of(stderr);
  const auto now = std::chrono::system_clock::now();
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  const Colour colour = level == LogLevel::error     ? Colour::red
                        : level == LogLevel::warning ? Colour::yellow
                                                     : Colour::none;
  fmt::print(stderr, "{:%Y-%m-%dT%H:%M:%S}.{:03} {}\n", fmt::gmtime(std::chrono::system_clock::to_time_t(now)),
             milliseconds, palette.paint(colour, std::string(word(level)).append(text)));
}

}  // namespace ballast
