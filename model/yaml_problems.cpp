// libyaml's error record, in words that an operator understands.
#include "model/yaml_problems.hpp"

#include <algorithm>
#include <cstdio>

#include "model/manifest.hpp"
#include "model/report.hpp"

namespace ballast::yaml {

std::optional<Problem> encoding_problem(std::string_view text) {
  if (text.size() > largest_manifest) {
    char megabytes[32] = {};
    std::snprintf(megabytes, sizeof megabytes, "%.1f", static_cast<double>(text.size()) / 1e6);
    return Problem{1, 1, cat("file is ", megabytes, " MB; a manifest may have 32 MiB at most; split it")};
  }
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    return Problem{1, 1, "file is UTF-16; save it as UTF-8"};
  }
  return std::nullopt;
}

namespace {

/// A byte that is not UTF-8 or not allowed in YAML.
Problem byte_problem(const yaml_parser_t& parser, std::string_view text) {
  const std::size_t offset = std::min(parser.problem_offset, text.size());
  const std::string_view before = text.substr(0, offset);
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  Problem problem;
  problem.line = static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1;
  problem.column = static_cast<int>(std::count_if(before.begin() + static_cast<std::ptrdiff_t>(line_start),
                                                  before.end(), [](char c) { return (c & '\xc0') != '\x80'; })) +
                   1;
  const unsigned byte = offset < text.size() ? static_cast<unsigned char>(text[offset]) : 0U;
  char hex[8] = {};
  std::snprintf(hex, sizeof hex, "0x%02x", byte);
  const bool control = byte < 0x20 || byte == 0x7f;
  problem.message = offset == text.size() ? cat("text ends within a UTF-8 character")
                    : control             ? cat("control character ", hex, " at byte ", offset, " is not allowed")
                                          : cat("byte ", hex, " at byte ", offset, " is not UTF-8 text");
  return problem;
}

/// Where a tab stands among the blanks that begin a line; npos where none does.
std::size_t indenting_tab(std::string_view text, std::size_t line) {
  std::size_t start = 0;
  for (std::size_t i = 0; i < line; ++i) {
    const std::size_t end = text.find('\n', start);
    if (end == std::string_view::npos) return end;
    start = end + 1;
  }
  const std::size_t tab = text.find_first_not_of(' ', start);
  return tab != std::string_view::npos && text[tab] == '\t' ? tab - start : std::string_view::npos;
}

}  // namespace

Problem parser_problem(const yaml_parser_t& parser, std::string_view text) {
  if (parser.error == YAML_READER_ERROR) return byte_problem(parser, text);
  if (parser.error == YAML_MEMORY_ERROR) return {1, 1, "out of memory"};

  const yaml_mark_t& mark = parser.problem_mark;
  for (const std::size_t line : {mark.line, parser.context_mark.line}) {
    if (const std::size_t tab = indenting_tab(text, line); tab != std::string_view::npos) {
      return {static_cast<int>(line) + 1, static_cast<int>(tab) + 1, "tabs cannot indent YAML; use spaces"};
    }
  }
  std::string message = cat("not YAML: ", parser.problem == nullptr ? "unknown mistake" : parser.problem);
  if (parser.context != nullptr) {
    message += cat(" (", parser.context);
    if (parser.context_mark.line != mark.line) message += cat(" that begins on line ", parser.context_mark.line + 1);
    message += ")";
  }
  return {line_of(mark), column_of(mark), std::move(message)};
}

}  // namespace ballast::yaml
