// GET of /, /v1/stream and the files beneath /web: the page for people, and what keeps it up to date.
// Threads: the loop's only.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "controller/http/server.hpp"
#include "controller/web/feed.hpp"

namespace ballast::web {

/// For anyone, `?service=S` of one service. The server keeps what belongs to it.
void add_routes(http::Server& server, boost::asio::io_context& loop, const Sources& sources);

}  // namespace ballast::web
