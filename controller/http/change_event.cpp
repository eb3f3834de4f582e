#include "controller/http/change_event.hpp"

#include <cerrno>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ballast::http {
namespace {

using json = nlohmann::ordered_json;

/// Throws json::exception where a member lacks or has another type.
ChangeEvent event_from(const json& from) {
  ChangeEvent event;
  from.at("id").get_to(event.id);
  from.at("kind").get_to(event.kind);
  from.at("object").get_to(event.object);
  from.at("change").get_to(event.change);
  from.at("text").get_to(event.text);
  from.at("cause").get_to(event.cause);
  from.at("why").get_to(event.why);
  event.at = instant_from(from.at("time"));
  return event;
}

}  // namespace

std::string event_json(const ChangeEvent& event) {
  const json object = {{"id", event.id},         {"time", instant_text(event.at)},
                       {"kind", event.kind},     {"object", event.object},
                       {"change", event.change}, {"text", event.text},
                       {"cause", event.cause},   {"why", event.why}};
  // Bytes that are no UTF-8 (a server's answer can have any) are replaced, never thrown on.
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string events_json(const EventPage& page) {
  std::string text =
      fmt::format("{{\n  \"instance\": {},\n  \"last\": {},\n  \"lost\": {},\n  \"events\": [",
                  json(page.instance).dump(-1, ' ', false, json::error_handler_t::replace), page.last, page.lost);
  bool first = true;
  for (const ChangeEvent& event : page.events) {
    text += (first ? "\n    " : ",\n    ") + event_json(event);
    first = false;
  }
  return text + (first ? "]\n}\n" : "\n  ]\n}\n");
}

Result<EventPage> read_events(const std::string& text) {
  try {
    const json body = json::parse(text);
    EventPage page;
    body.at("instance").get_to(page.instance);
    body.at("last").get_to(page.last);
    body.at("lost").get_to(page.lost);
    for (const json& event : body.at("events")) page.events.push_back(event_from(event));
    return page;
  } catch (const json::exception& error) {
    return Error{fmt::format("the controller's events are not understood: {}", error.what()), EPROTO};
  }
}

}  // namespace ballast::http
