#include "controller/manual/duration_pattern.hpp"

#include <utility>
#include <vector>

#include "model/report.hpp"

namespace ballast {
namespace {

std::string digits(std::size_t count) {
  return count == 0 ? "" : cat("[0-9]{", count, "}");
}

std::string digit_between(char first, char last) {
  return first == last ? std::string(1, first) : cat("[", std::string(1, first), "-", std::string(1, last), "]");
}

/// Numbers that differ from `number` first in one digit, which is smaller or greater; and the number itself.
std::string same_length(const std::string& number, bool smaller) {
  std::string pattern = number;
  for (std::size_t i = 0; i < number.size(); ++i) {
    const char digit = number[i];
    if (digit == (smaller ? '0' : '9')) continue;
    const std::string other =
        smaller ? digit_between('0', static_cast<char>(digit - 1)) : digit_between(static_cast<char>(digit + 1), '9');
    pattern += cat("|", number.substr(0, i), other, digits(number.size() - i - 1));
  }
  return pattern;
}

std::string at_most(std::int64_t number) {
  const std::string text = std::to_string(number);
  const std::string shorter = text.size() == 1 ? "" : cat("|[0-9]{1,", text.size() - 1, "}");
  return cat("0*(", same_length(text, true), shorter, ")");
}

std::string at_least(std::int64_t number) {
  const std::string text = std::to_string(number);
  return cat("0*(", same_length(text, false), "|[1-9][0-9]{", text.size(), ",})");
}

}  // namespace

std::string duration_pattern(std::chrono::milliseconds least, std::chrono::milliseconds most) {
  const std::vector<std::pair<std::string, std::int64_t>> units = {
      {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}};
  std::string pattern = "^(";
  for (const auto& [unit, milliseconds] : units) {
    const std::int64_t first = (least.count() + milliseconds - 1) / milliseconds;
    const std::int64_t last = most.count() / milliseconds;
    if (first > last) continue;
    if (first > 0) pattern += cat("(?=", at_least(first), unit, "$)");
    pattern += cat(at_most(last), unit, "|");
  }
  return pattern + "([0-9]+(ms|s|m|h)){2,})$";
}

}  // namespace ballast
