// Colour for people: only on a terminal, and never against NO_COLOR (no-color.org).
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace ballast {

/// Whether people look at it, and lines can be written over.
bool is_screen(std::FILE* stream);

enum class Colour { none, green, yellow, red, dim, bold };

class Palette {
 public:
  explicit Palette(bool enabled) : enabled_(enabled) {}
  /// Enabled where `stream` is a terminal that can show colours.
  static Palette of(std::FILE* stream);

  [[nodiscard]] std::string paint(Colour colour, std::string_view text) const;

 private:
  bool enabled_;
};

}  // namespace ballast
