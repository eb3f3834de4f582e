#include "model/regex.hpp"

#include <re2/re2.h>

namespace ballast {
namespace {

/// Of a compiled expression and its automata; a larger expression is refused.
constexpr std::int64_t most_memory = 2 << 20;

std::shared_ptr<const re2::RE2> compile(std::string_view text) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(most_memory);
  options.set_encoding(re2::RE2::Options::EncodingLatin1);  // bodies are bytes
  return std::make_shared<const re2::RE2>(re2::StringPiece(text.data(), text.size()), options);
}

}  // namespace

std::optional<std::string> invalid_regex(std::string_view text) {
  const auto expression = compile(text);
  if (expression->ok()) return std::nullopt;
  return expression->error();
}

Regex::Regex(std::string_view text) : expression_(compile(text)) {}

bool Regex::found_in(std::string_view text) const {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *expression_);
}

}  // namespace ballast
