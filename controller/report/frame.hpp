// One picture of a screen that is drawn over and over: lines cut to its width, a part of them where there are more than
// fit, written in one go over what was there, so that nothing flickers.
// Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ballast {

struct ScreenSize {
  std::size_t rows = 24;
  std::size_t columns = 80;
};

/// The first `columns` characters of a line of UTF-8; colours (CSI ... m) take no room and end with the line.
std::string clipped(std::string_view line, std::size_t columns);

struct Frame {
  std::string bytes;       ///< to be written to the terminal
  std::size_t offset = 0;  ///< of the first line shown: no further than there is something to see
  std::size_t page = 1;    ///< lines of `text` that fit
};

/// `text` from line `offset` on, and `footer` as the last line, with which part of how many lines that is.
Frame make_frame(std::string_view text, std::string_view footer, ScreenSize size, std::size_t offset);

}  // namespace ballast
