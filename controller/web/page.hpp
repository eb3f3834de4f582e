// The page at `/` as HTML: complete and readable without JavaScript and without a style sheet. With JavaScript, page.js
// finds each part by its id or key and keeps its texts up to date; what it adds looks as it is written here.
// Pure.
#pragma once

#include <string>
#include <string_view>

#include "controller/web/view.hpp"

namespace ballast::web {

/// `assets` names the version of the style sheet and the script.
std::string page_html(const View& view, const http::EventPage& events, http::Instant now, std::string_view assets);

}  // namespace ballast::web
