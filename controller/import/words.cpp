#include "controller/import/words.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace ballast::keepalived {
namespace {

constexpr std::string_view blanks = " \t\f\n\r\v";

/// What a backslash and the letters after it stand for; `at` is after the backslash and ends behind them.
char unescape(std::string_view text, std::size_t& at) {
  const char c = text[at++];
  const auto number = [&](std::size_t start, std::size_t most, int base) {
    unsigned value = 0;
    const std::size_t size = std::min(most, text.size() - start);
    const auto end = std::from_chars(text.data() + start, text.data() + start + size, value, base).ptr;
    at = std::max(at, static_cast<std::size_t>(end - text.data()));
    return static_cast<char>(value);
  };
  switch (c) {
    case 'a':
      return '\a';
    case 'b':
      return '\b';
    case 'E':
      return '\x1b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    case 'x':
      return number(at, 2, 16);
    case 'c':
      return at < text.size() ? static_cast<char>(text[at++] & 0x1f) : 'c';
    default:
      return c >= '0' && c <= '7' ? number(at - 1, 3, 8) : c;
  }
}

/// Bytes of the character that begins at `at`; 0: it is none, or one that acts on a terminal.
std::size_t character_size(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return (first >= ' ' && first != 0x7f) || first == '\t' ? 1 : 0;
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() - at < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const unsigned char second = byte(1);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool beyond = (first == 0xed && second > 0x9f) || (first == 0xf4 && second > 0x8f);
  const bool control = first == 0xc2 && second < 0xa0;
  const bool turning = first == 0xe2 && (second == 0x80 || second == 0x81) && byte(2) >= 0xa6;
  const bool mark = first == 0xef;  // private use, byte order marks, non-characters
  return overlong || beyond || control || turning || mark ? 0 : size;
}

}  // namespace

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  while (true) {
    const std::size_t start = text.find_first_not_of(blanks);
    if (start == std::string_view::npos) return words;
    text.remove_prefix(start);
    const bool quoted = text.front() == '"';
    if (quoted) text.remove_prefix(1);
    std::size_t end = quoted ? text.find('"') : text.find_first_of(" \t\f\n\r\v\"");
    end = std::min(end, text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + (quoted ? 1 : 0), text.size()));
  }
}

std::vector<std::string> split_quoted(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool begun = false;
  char quote = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at++];
    if (c == '\\' && at < text.size()) {
      word += unescape(text, at);
      begun = true;
    } else if (quote != 0 ? c == quote : c == '"' || c == '\'') {
      quote = quote != 0 ? '\0' : c;
      begun = true;
    } else if (quote == 0 && blanks.find(c) != std::string_view::npos) {
      if (begun) words.push_back(std::exchange(word, {}));
      begun = false;
    } else {
      word += c;
      begun = true;
    }
  }
  if (begun) words.push_back(word);
  return words;
}

std::string shell_word(std::string_view word) {
  const auto harmless = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./:@%+=,").find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), harmless)) return std::string(word);
  std::string text = "'";
  for (const char c : word) {
    if (c == '\'') {
      text += "'\\''";
    } else {
      text += c;
    }
  }
  return text + "'";
}

bool make_printable(std::string& text) {
  std::string clean;
  bool found = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = character_size(text, at);
    found = found || size == 0;
    clean += size == 0 ? std::string("?") : text.substr(at, size);
    at += std::max<std::size_t>(size, 1);
  }
  text = std::move(clean);
  return found;
}

}  // namespace ballast::keepalived
