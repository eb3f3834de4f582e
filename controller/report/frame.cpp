#include "controller/report/frame.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace ballast {
namespace {

constexpr std::string_view home = "\033[H";
constexpr std::string_view to_end_of_line = "\033[K";
constexpr std::string_view to_end_of_screen = "\033[J";
constexpr std::string_view plain = "\033[0m";
constexpr std::string_view inverse = "\033[7m";

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

std::string clipped(std::string_view line, std::size_t columns) {
  std::string out;
  std::size_t width = 0;
  bool coloured = false;
  for (std::size_t i = 0; i < line.size();) {
    if (line[i] == '\033') {
      const std::size_t end = std::min(line.find('m', i), line.size() - 1);
      out += line.substr(i, end + 1 - i);
      coloured = true;
      i = end + 1;
      continue;
    }
    std::size_t next = i + 1;
    while (next < line.size() && (line[next] & '\xc0') == '\x80') ++next;
    if (width == columns) break;
    // What acts on a terminal would move the picture.
    const bool control = (line[i] >= 0 && line[i] < ' ') || line[i] == '\x7f';
    out += control ? std::string_view("?") : line.substr(i, next - i);
    ++width;
    i = next;
  }
  if (coloured) out += plain;
  return out;
}

Frame make_frame(std::string_view text, std::string_view footer, ScreenSize size, std::size_t offset) {
  const auto lines = lines_of(text);
  Frame frame;
  frame.page = std::max<std::size_t>(size.rows, 2) - 1;
  const std::size_t most = lines.size() > frame.page ? lines.size() - frame.page : 0;
  frame.offset = std::min(offset, most);
  const std::size_t end = std::min(lines.size(), frame.offset + frame.page);

  frame.bytes = home;
  for (std::size_t i = 0; i < frame.page; ++i) {
    const std::size_t at = frame.offset + i;
    if (at < end) frame.bytes += clipped(lines[at], size.columns);
    frame.bytes += to_end_of_line;
    frame.bytes += "\r\n";
  }
  std::string last(footer);
  if (most > 0) last += fmt::format("   lines {}-{} of {}", frame.offset + 1, end, lines.size());
  last = clipped(last, size.columns);
  last.resize(std::max(last.size(), size.columns), ' ');
  frame.bytes += inverse;
  frame.bytes += last;
  frame.bytes += plain;
  frame.bytes += to_end_of_screen;
  return frame;
}

}  // namespace ballast
