// What a listener of GET /v1/stream hears, as server-sent events (WHATWG HTML, section 9.2): each part of the page is a
// section with an id, sent again as a whole when it has changed, and each change on the node is an event with an id.
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/web/view.hpp"

namespace ballast::web {

/// "event: NAME", "id: ID" where there is one, and the data, a line each; ends with an empty line.
std::string framed(std::string_view name, std::string_view data, std::string_view id = {});

struct Section {
  std::string id;
  std::string text;  ///< framed
};
std::vector<Section> sections_of(const View& view);

/// Framed; its id is INSTANCE/ID.
std::string change_text(const http::ChangeEvent& event, std::string_view instance);

/// Where to go on, from INSTANCE/ID; 0, from the beginning: another instance's ids mean nothing here.
std::uint64_t resume_after(std::string_view last_event_id, std::string_view instance);

}  // namespace ballast::web
