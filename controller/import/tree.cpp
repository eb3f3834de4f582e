#include "controller/import/tree.hpp"

#include "controller/import/words.hpp"

namespace ballast::keepalived {
namespace {

constexpr std::size_t deepest = 32;

Statement make_statement(const Line& line) {
  Statement statement;
  auto words = split_words(line.text);
  statement.keyword = words.empty() ? std::string() : words.front();
  if (!words.empty()) words.erase(words.begin());
  statement.words = std::move(words);
  const std::size_t end = line.text.find_first_of(" \t");
  if (end != std::string::npos) statement.rest = line.text.substr(line.text.find_first_not_of(" \t", end));
  statement.origin = line.origin;
  return statement;
}

}  // namespace

std::vector<Statement> make_tree(const std::vector<Line>& lines, Remarks& remarks) {
  Statement root;
  // The open blocks. A vector of children does not move while one of them is open: it is its last.
  std::vector<Statement*> open{&root};
  for (const Line& line : lines) {
    std::vector<Statement>& siblings = open.back()->children;
    if (line.text == "{") {
      if (siblings.empty() || siblings.back().is_block) {
        remarks.add(RemarkKind::error, line.origin, "'{' without a keyword before it");
        return {};
      }
      if (open.size() == deepest) {
        remarks.add(RemarkKind::error, line.origin, "blocks are nested too deep");
        return {};
      }
      siblings.back().is_block = true;
      open.push_back(&siblings.back());
    } else if (line.text == "}") {
      if (open.size() == 1) {
        remarks.add(RemarkKind::error, line.origin, "'}' closes no block; is there one too many, or is a '{' missing?");
        return {};
      }
      open.pop_back();
    } else {
      siblings.push_back(make_statement(line));
    }
  }
  if (open.size() > 1) {
    remarks.add(RemarkKind::error, open.back()->origin, "the block of '" + open.back()->keyword + "' has no '}'");
    return {};
  }
  return std::move(root.children);
}

}  // namespace ballast::keepalived
