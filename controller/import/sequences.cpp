// ~SEQ and ~LST of keepalived's configuration: the rest of a line once for each value.
#include <charconv>
#include <limits>
#include <optional>

#include "controller/import/line_reader.hpp"

namespace ballast::keepalived {
namespace {

constexpr long most_values = 100'000;

std::string_view trimmed(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t");
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(" \t") - start + 1);
}

/// What is between '(' and its ')', and what follows.
struct Call {
  std::string_view arguments;
  std::string_view rest;
};

std::optional<Call> split_call(std::string_view text) {
  const std::size_t open = text.find('(');
  const std::size_t close = text.find(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  return Call{text.substr(open + 1, close - open - 1), trimmed(text.substr(close + 1))};
}

/// Separated by commas, but not within {}.
std::vector<std::string> split_arguments(std::string_view text) {
  std::vector<std::string> parts;
  int depth = 0;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == '{') ++depth;
    if (i < text.size() && text[i] == '}') --depth;
    if (i < text.size() && (text[i] != ',' || depth > 0)) continue;
    parts.emplace_back(trimmed(text.substr(start, i - start)));
    start = i + 1;
  }
  return parts;
}

std::vector<std::string> split_group(const std::string& text) {
  if (text.size() < 2 || text.front() != '{' || text.back() != '}') return {text};
  return split_arguments(std::string_view(text).substr(1, text.size() - 2));
}

std::optional<long> parse_number(std::string_view text) {
  long value = 0;
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const bool hex = text.starts_with("0x");
  if (hex) text.remove_prefix(2);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  constexpr long largest = std::numeric_limits<int>::max();
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value > largest) return std::nullopt;
  return negative ? -value : value;
}

std::string number_text(long value, bool hex) {
  char text[24];
  const auto end = std::to_chars(std::begin(text), std::end(text), value, hex ? 16 : 10).ptr;
  return {std::begin(text), end};
}

}  // namespace

/// ~SEQ(name, [start, [step,]] end) text; ~SEQx writes hexadecimal numbers.
bool LineReader::process_sequence(std::string_view text, int depth) {
  const bool hex = text.starts_with("~SEQx(");
  if (!hex && !text.starts_with("~SEQ(")) return false;
  const auto call = split_call(text);
  if (!call) return false;
  std::string all(call->arguments);
  const auto outcome = definitions_.substitute(all);
  const auto arguments = split_arguments(outcome.lines.front());
  if (arguments.size() < 2 || arguments.size() > 4 || arguments[0].empty()) return false;
  std::vector<long> numbers;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const auto number = parse_number(arguments[i]);
    if (!number) return false;
    numbers.push_back(*number);
  }
  const long end = numbers.back();
  const long start = numbers.size() > 1 ? numbers.front() : end > 0 ? 1 : -1;
  const long step = numbers.size() > 2 ? numbers[1] : end >= start ? 1 : -1;
  if (step == 0 || (end - start) / step >= most_values) return false;
  for (long value = start; step > 0 ? value <= end : value >= end; value += step) {
    definitions_.set(arguments[0], {number_text(value, hex)});
    process(std::string(call->rest), depth + 1);
    if (is_exhausted_ || remarks_.has_errors()) break;
  }
  return true;
}

/// ~LST(name, a, b) text; ~LST({name, name}, {a, b}, {c, d}) text.
bool LineReader::process_list(std::string_view text, int depth) {
  const auto call = text.starts_with("~LST(") ? split_call(text) : std::nullopt;
  if (!call) return false;
  const auto arguments = split_arguments(call->arguments);
  const auto names = split_group(arguments.front());
  if (arguments.size() < 2) return false;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    if (split_group(arguments[i]).size() != names.size()) return false;
  }
  for (std::size_t i = 1; i < arguments.size() && !is_exhausted_ && !remarks_.has_errors(); ++i) {
    const auto values = split_group(arguments[i]);
    for (std::size_t j = 0; j < names.size(); ++j) definitions_.set(names[j], {values[j]});
    process(std::string(call->rest), depth + 1);
  }
  return true;
}

}  // namespace ballast::keepalived
