#include "controller/import/section.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "controller/import/keywords.hpp"
#include "model/report.hpp"

namespace ballast::keepalived {
namespace {

std::string number_text(double value) {
  std::string text = std::to_string(value);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace

const Statement* Section::last(std::string_view keyword) {
  const Statement* found = nullptr;
  for (const Statement& each : block_.children) {
    if (each.keyword != keyword) continue;
    each.used = true;
    if (found != nullptr) {
      remarks_.add(RemarkKind::repaired, found->origin,
                   cat(keyword, " stands there twice; the last one counts (line ", each.origin.line, ")"));
    }
    found = &each;
  }
  return found;
}

std::vector<const Statement*> Section::each(std::string_view keyword) {
  std::vector<const Statement*> found;
  for (const Statement& each : block_.children) {
    if (each.keyword != keyword) continue;
    each.used = true;
    found.push_back(&each);
  }
  return found;
}

std::optional<std::int64_t> Section::number(std::string_view keyword, std::int64_t least, std::int64_t most) {
  const Statement* statement = last(keyword);
  if (statement == nullptr) return std::nullopt;
  const auto value = parse_number(statement->word(0), least, most);
  if (!value) {
    remarks_.add(RemarkKind::repaired, statement->origin,
                 cat(keyword, " ", shown(statement->word(0)), " is no number ", least, "..", most,
                     ": keepalived ignores it and takes the default"));
  }
  return value;
}

std::optional<milliseconds> Section::seconds(std::string_view keyword, double least, double most) {
  const Statement* statement = last(keyword);
  if (statement == nullptr) return std::nullopt;
  const auto value = parse_seconds(statement->word(0));
  const double in_seconds = value ? static_cast<double>(value->count()) / 1000 : 0;
  if (value && in_seconds >= least && in_seconds <= most) return value;
  remarks_.add(RemarkKind::repaired, statement->origin,
               cat(keyword, " ", shown(statement->word(0)), " is not within ", number_text(least), "..",
                   number_text(most), " seconds: keepalived ignores it and takes the default"));
  return std::nullopt;
}

std::optional<bool> Section::truth(std::string_view keyword) {
  const Statement* statement = last(keyword);
  if (statement == nullptr) return std::nullopt;
  if (statement->words.empty()) return true;
  const auto value = parse_truth(statement->word(0));
  if (!value) {
    remarks_.add(RemarkKind::repaired, statement->origin,
                 cat(keyword, " ", shown(statement->word(0)), " is neither on nor off: keepalived ignores it"));
  }
  return value;
}

std::optional<IpAddress> Section::address(std::string_view keyword) {
  const Statement* statement = last(keyword);
  if (statement == nullptr) return std::nullopt;
  const auto value = IpAddress::parse(statement->word(0));
  if (!value) {
    remarks_.add(RemarkKind::lost, statement->origin,
                 cat(keyword, " ", shown(statement->word(0)), " is not an IP address"));
  }
  return value;
}

std::optional<std::string> Section::text(std::string_view keyword) {
  const Statement* statement = last(keyword);
  if (statement == nullptr || statement->words.empty()) return std::nullopt;
  return statement->words.front();
}

void Section::finish(std::initializer_list<std::string_view> blocks) {
  std::vector<std::string_view> known;
  for (const Statement& statement : block_.children) {
    if (statement.used) continue;
    statement.used = true;
    const Keyword* found = nullptr;
    known.clear();
    for (const std::string_view block : blocks) {
      for (const Keyword& keyword : keywords_of(block)) {
        known.push_back(keyword.name);
        if (keyword.name == statement.keyword) found = &keyword;
      }
    }
    if (found == nullptr) {
      remarks_.add(
          RemarkKind::unknown, statement.origin,
          cat("keyword '", shown(statement.keyword), "' of ", block_.keyword.empty() ? "the file" : block_.keyword,
              suggestion(statement.keyword, known), "; keepalived passes over it"));
      continue;
    }
    remarks_.add(
        found->fate == Fate::needless ? RemarkKind::needless : RemarkKind::lost, statement.origin,
        found->why.empty() ? cat(statement.keyword, " has no effect here") : cat(statement.keyword, ": ", found->why));
  }
}

std::optional<std::int64_t> parse_number(const std::string& text, std::int64_t least, std::int64_t most) {
  std::int64_t value = 0;
  const char* start = text.data() + (text.starts_with('+') ? 1 : 0);
  const auto [end, error] = std::from_chars(start, text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most) return std::nullopt;
  return value;
}

std::optional<milliseconds> parse_seconds(const std::string& text) {
  constexpr std::size_t longest = 20;
  constexpr double most = 1e10;
  if (text.empty() || text.size() > longest || text.find_first_not_of("0123456789.") != std::string::npos ||
      std::count(text.begin(), text.end(), '.') > 1 || text == ".") {
    return std::nullopt;
  }
  double value = 0;
  const auto error = std::from_chars(text.data(), text.data() + text.size(), value).ec;
  if (error != std::errc{} || value > most) return std::nullopt;
  const auto rounded = static_cast<std::int64_t>(std::llround(value * 1000));
  return milliseconds(rounded == 0 && value > 0 ? 1 : rounded);
}

std::optional<bool> parse_truth(const std::string& text) {
  for (const std::string_view word : {"on", "true", "yes"}) {
    if (text == word) return true;
  }
  for (const std::string_view word : {"off", "false", "no"}) {
    if (text == word) return false;
  }
  return std::nullopt;
}

std::string duration_text(milliseconds time) {
  return time.count() % 1000 == 0 ? cat(time.count() / 1000, "s") : cat(time.count(), "ms");
}

std::string name_from(std::string_view text, std::string_view otherwise) {
  constexpr std::size_t longest = 200;
  const auto is_alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  std::string name;
  for (const char c : text.substr(0, longest)) {
    name += is_alphanumeric(c) || c == '-' || c == '.' || c == '_' ? c : '-';
  }
  while (!name.empty() && !is_alphanumeric(name.back())) name.pop_back();
  const auto start = std::find_if(name.begin(), name.end(), is_alphanumeric);
  name.erase(name.begin(), start);
  return name.empty() ? std::string(otherwise) : name;
}

}  // namespace ballast::keepalived
