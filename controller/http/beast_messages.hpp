// Between Beast's messages and the API's: what was asked, what is wrong with it, and the answer as it is sent.
#pragma once

#include <cstddef>
#include <optional>

#include <boost/beast/http.hpp>

#include "controller/http/message.hpp"

namespace ballast::http {

/// Takes the message's body.
Request make_request(boost::beast::http::request<boost::beast::http::string_body>& message);

/// What is wrong with the bytes that were read; nullopt: the peer is gone or never asked.
std::optional<Response> refusal_for(boost::system::error_code error, std::size_t header_bytes, std::size_t body_bytes);

using Message = boost::beast::http::response<boost::beast::http::span_body<const char>>;
using Header = boost::beast::http::response<boost::beast::http::empty_body>;

/// Points into the response.
Message make_message(const Response& response);
/// Of an answer whose end is that of the connection.
Header make_header(const Response& response);

}  // namespace ballast::http
