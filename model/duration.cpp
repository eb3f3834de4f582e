#include "model/duration.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iterator>

namespace ballast {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
constexpr std::int64_t second = 1000;
constexpr std::int64_t hour = 3600 * second;
constexpr Unit units[] = {{"ms", 1}, {"s", second}, {"m", 60 * second}, {"h", hour}};

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  constexpr std::int64_t longest = std::int64_t{100} * 366 * 24 * hour;
  std::int64_t total = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    std::int64_t number = 0;
    if (text.front() < '0' || text.front() > '9') return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number > longest) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const std::string_view name = text.substr(0, std::min(text.find_first_of("0123456789"), text.size()));
    const auto* const unit = std::find_if(std::begin(units), std::end(units), [&](Unit u) { return u.name == name; });
    if (unit == std::end(units) || number > longest / unit->milliseconds) return std::nullopt;
    total += number * unit->milliseconds;
    if (total > longest) return std::nullopt;
    text.remove_prefix(name.size());
  }
  return std::chrono::milliseconds(total);
}

std::string duration_text(std::chrono::milliseconds duration) {
  const std::int64_t milliseconds = duration.count();
  if (milliseconds % second != 0) return std::to_string(milliseconds) + "ms";
  if (milliseconds % hour == 0 && milliseconds > 0) return std::to_string(milliseconds / hour) + "h";
  return std::to_string(milliseconds / second) + "s";
}

}  // namespace ballast
