// Words for what libyaml refuses: where it is, and what to do about it.
#pragma once

#include <optional>
#include <string_view>

#include <yaml.h>

#include "model/yaml.hpp"

namespace ballast::yaml {

inline constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

/// libyaml counts from 0.
inline int line_of(const yaml_mark_t& mark) {
  return static_cast<int>(mark.line) + 1;
}
inline int column_of(const yaml_mark_t& mark) {
  return static_cast<int>(mark.column) + 1;
}

/// What is wrong with the text before a parser sees it: too big, UTF-16.
std::optional<Problem> encoding_problem(std::string_view text);

/// Why yaml_parser_parse() failed. `text` is what the parser was given.
Problem parser_problem(const yaml_parser_t& parser, std::string_view text);

}  // namespace ballast::yaml
