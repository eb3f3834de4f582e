#include "controller/http/beast_messages.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace ballast::http {
namespace {

namespace beast = boost::beast;

template <class Any>
void set_header(Any& message, const Response& response) {
  message.result(response.status);
  message.version(11);
  message.keep_alive(false);
  message.set(beast::http::field::server, "ballast");
  message.set(beast::http::field::content_type, response.content_type);
  for (const auto& [name, value] : response.headers) message.set(name, value);
}

}  // namespace

Request make_request(beast::http::request<beast::http::string_body>& message) {
  const auto method = message.method_string();
  const auto target = message.target();
  const std::size_t mark = std::min(target.find('?'), target.size());
  Request request;
  request.method.assign(method.data(), method.size());
  request.target.assign(target.data(), mark);
  if (mark < target.size()) request.query.assign(target.data() + mark + 1, target.size() - mark - 1);
  request.body = std::move(message.body());
  const auto last_event = message["Last-Event-ID"];
  request.last_event_id.assign(last_event.data(), last_event.size());
  return request;
}

std::optional<Response> refusal_for(boost::system::error_code error, std::size_t header_bytes, std::size_t body_bytes) {
  using HttpError = beast::http::error;
  if (error == HttpError::end_of_stream || error.category() != make_error_code(HttpError::end_of_stream).category()) {
    return std::nullopt;
  }
  if (error == HttpError::partial_message) return std::nullopt;
  if (error == HttpError::header_limit || error == HttpError::buffer_overflow) {
    return error_response(431, fmt::format("the header has more than {} bytes", header_bytes));
  }
  if (error == HttpError::body_limit) {
    return error_response(413, fmt::format("the body has more than {} bytes", body_bytes));
  }
  return error_response(400, fmt::format("this is no HTTP request: {}", error.message()));
}

Message make_message(const Response& response) {
  Message message;
  set_header(message, response);
  const std::string_view content = response.content();
  message.body() = {content.data(), content.size()};
  message.prepare_payload();
  return message;
}

Header make_header(const Response& response) {
  Header message;
  set_header(message, response);
  return message;
}

}  // namespace ballast::http
