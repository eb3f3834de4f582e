#include "controller/report/terminal.hpp"

#include <cstdlib>
#include <cstring>

#include <unistd.h>

namespace ballast {

bool is_screen(std::FILE* stream) {
  const char* term = std::getenv("TERM");
  return term != nullptr && std::strcmp(term, "dumb") != 0 && ::isatty(::fileno(stream)) == 1;
}

Palette Palette::of(std::FILE* stream) {
  const char* no_color = std::getenv("NO_COLOR");
  const bool refused = no_color != nullptr && *no_color != '\0';
  return Palette(!refused && is_screen(stream));
}

std::string Palette::paint(Colour colour, std::string_view text) const {
  if (!enabled_ || colour == Colour::none) return std::string(text);
  const char* code = "";
  switch (colour) {
    case Colour::green:
      code = "32";
      break;
    case Colour::yellow:
      code = "33";
      break;
    case Colour::red:
      code = "31";
      break;
    case Colour::dim:
      code = "2";
      break;
    case Colour::bold:
      code = "1";
      break;
    case Colour::none:
      break;
  }
  return std::string("\033[") + code + "m" + std::string(text) + "\033[0m";
}

}  // namespace ballast
