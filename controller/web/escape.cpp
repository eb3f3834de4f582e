#include "controller/web/escape.hpp"

namespace ballast::web {

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += (c >= 0 && c < ' ') || c == '\x7f' ? ' ' : c;
    }
  }
  return out;
}

}  // namespace ballast::web
