// What collects diagnostics while manifests are read and checked, bounded: a manifest of a million mistakes is answered
// with its first thousand.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

#include "model/origin.hpp"

namespace ballast {

namespace detail {
inline void append(std::string& text, std::string_view part) {
  text += part;
}
inline void append(std::string& text, std::integral auto part) {
  text += std::to_string(part);
}
}  // namespace detail

/// The parts one after another; numbers in decimal.
template <class... Parts>
std::string cat(const Parts&... parts) {
  std::string text;
  (detail::append(text, parts), ...);
  return text;
}

/// Input as diagnostics repeat it: bounded, and without characters that act on a terminal.
inline std::string shown(std::string_view text) {
  constexpr std::size_t longest = 80;
  std::size_t end = text.size();
  if (end > longest) {
    end = longest;
    while (end > 0 && (text[end] & '\xc0') == '\x80') --end;  // not within a UTF-8 character
  }
  std::string out(text.substr(0, end));
  for (char& c : out) {
    if ((c >= 0 && c < ' ') || c == '\x7f') c = '?';
  }
  return end < text.size() ? out + "..." : out;
}

class Report {
 public:
  static constexpr std::size_t limit = 1000;

  void add(const Origin& origin, std::string message) {
    if (full()) {
      dropped_ = true;
      return;
    }
    diagnostics_.push_back({origin, std::move(message)});
  }

  /// Whether further mistakes would be dropped: loops over many objects may stop.
  [[nodiscard]] bool full() const { return diagnostics_.size() >= limit; }

  /// What was collected, where it was dropped with a last line that says so.
  Diagnostics take() {
    Diagnostics taken = std::move(diagnostics_);
    diagnostics_.clear();
    if (dropped_) taken.push_back({{}, cat("there are more than ", limit, " mistakes; repair these first")});
    dropped_ = false;
    return taken;
  }

  Diagnostics& collected() { return diagnostics_; }

 private:
  Diagnostics diagnostics_;
  bool dropped_ = false;
};

}  // namespace ballast
