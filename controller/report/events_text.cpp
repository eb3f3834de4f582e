#include "controller/report/events_text.hpp"

#include <fmt/format.h>

namespace ballast {
namespace {

char sign_of(const std::string& change) {
  return change == "add" ? '+' : change == "update" ? '~' : change == "remove" ? '-' : ' ';
}

Colour colour_of(const http::ChangeEvent& event) {
  if (event.cause == "failure") return Colour::red;
  return event.cause == "drift" ? Colour::yellow : Colour::none;
}

}  // namespace

std::string event_text(const http::ChangeEvent& event, const Palette& palette) {
  const std::string what =
      fmt::format("{} {}{}{}{}{}", sign_of(event.change), event.kind, event.object.empty() ? "" : " ", event.object,
                  event.text.empty() ? "" : ": ", event.text);
  const std::string why = event.why.empty() ? "" : palette.paint(Colour::dim, fmt::format(" ({})", event.why));
  return fmt::format("{}  {:<8}  {}{}\n", http::instant_text(event.at), event.cause,
                     palette.paint(colour_of(event), what), why);
}

}  // namespace ballast
