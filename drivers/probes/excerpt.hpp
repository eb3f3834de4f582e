// What a server said, as far as it may stand in a line for an operator: bounded, and nothing but printable ASCII.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace ballast::probes {

inline constexpr std::size_t excerpt_limit = 120;

inline std::string excerpt(std::string_view said) {
  const bool is_long = said.size() > excerpt_limit;
  std::string text(said.substr(0, excerpt_limit));
  std::ranges::replace_if(
      text, [](char letter) { return letter < ' ' || letter > '~'; }, '?');
  while (!text.empty() && text.back() == ' ') text.pop_back();
  if (is_long) text += "...";
  return text;
}

}  // namespace ballast::probes
