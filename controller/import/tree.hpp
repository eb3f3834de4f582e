// The configuration as a tree of statements, each with its place, and whether anybody made use of it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/import/line_reader.hpp"

namespace ballast::keepalived {

struct Statement {
  std::string keyword;
  std::vector<std::string> words;  ///< after the keyword
  std::string rest;                ///< the same as it stands there
  Origin origin;
  std::vector<Statement> children;
  bool is_block = false;
  mutable bool used = false;  ///< carried over, or remarked upon

  [[nodiscard]] std::string word(std::size_t index) const {
    return index < words.size() ? words[index] : std::string();
  }
};

/// Missing and stray braces are errors.
std::vector<Statement> make_tree(const std::vector<Line>& lines, Remarks& remarks);

}  // namespace ballast::keepalived
