#include "controller/http/client.hpp"

#include <cerrno>
#include <exception>
#include <optional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <sys/un.h>

#include "controller/http/node_status.hpp"
#include "controller/http/unix_listener.hpp"

namespace ballast::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::local::stream_protocol;
using boost::system::error_code;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t largest_answer = 64U << 20;
constexpr std::chrono::milliseconds connect_again_after{10};

Error connect_error(const std::string& path, int errnum) {
  if (errnum == ENOENT || errnum == ECONNREFUSED) {
    return {fmt::format("no controller runs here ({}: {}); start it with `ballast run`", path, errno_text(errnum)),
            errnum};
  }
  if (errnum == EACCES || errnum == EPERM) {
    return {fmt::format("not allowed to speak to the controller ({}: {}); be root or a member of the group ballast",
                        path, errno_text(errnum)),
            errnum};
  }
  return {fmt::format("cannot reach the controller ({}: {})", path, errno_text(errnum)), errnum};
}

Error answer_error(const std::string& path, error_code error) {
  if (error.category() == boost::system::system_category()) {
    return {fmt::format("the controller broke off before its answer ({}: {})", path, errno_text(error.value())),
            error.value()};
  }
  return {fmt::format("the controller's answer is not understood ({}: {})", path, error.message()), EPROTO};
}

/// errno, 0 when connected. Not async_connect: where the controller is behind with accepting, the kernel says EAGAIN
/// (unix_stream_connect in net/unix/af_unix.c), which Asio takes for a connection soon to be ready.
asio::awaitable<int> connect(int descriptor, stream_protocol::endpoint endpoint) {
  asio::steady_timer pause(co_await asio::this_coro::executor);
  while (::connect(descriptor, endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0) {
    if (errno != EAGAIN) co_return errno;
    pause.expires_after(connect_again_after);
    co_await pause.async_wait(as_result);
  }
  co_return 0;
}

asio::awaitable<Result<Response>> exchange(stream_protocol::socket socket, std::string path, std::string method,
                                           std::string target, std::string body) {
  error_code unusable;
  socket.open(stream_protocol(), unusable);
  if (!unusable) socket.native_non_blocking(true, unusable);
  if (unusable) co_return connect_error(path, unusable.value());
  const int errnum = co_await connect(socket.native_handle(), stream_protocol::endpoint(path));
  if (errnum != 0) co_return connect_error(path, errnum);

  beast::http::request<beast::http::string_body> message;
  message.method_string(method);
  message.target(target);
  message.version(11);
  message.set(beast::http::field::host, "ballast");
  message.set(beast::http::field::content_type, "application/json");
  message.keep_alive(false);
  message.body() = std::move(body);
  message.prepare_payload();
  // A server that refuses may stop reading; what it said is then in the socket all the same.
  co_await beast::http::async_write(socket, message, as_result);

  beast::flat_buffer buffer;
  beast::http::response_parser<beast::http::string_body> parser;
  parser.body_limit(largest_answer);
  const auto [error, count] = co_await beast::http::async_read(socket, buffer, parser, as_result);
  if (error) co_return answer_error(path, error);
  const auto type = parser.get()[beast::http::field::content_type];
  Response answer{parser.get().result_int(), std::string(type.data(), type.size()), std::move(parser.get().body())};
  if (const auto allow = parser.get()[beast::http::field::allow]; !allow.empty()) {
    answer.headers["Allow"] = std::string(allow.data(), allow.size());
  }
  co_return answer;
}

}  // namespace

std::string error_text(const Response& response) {
  const auto body = nlohmann::json::parse(response.body, nullptr, false);
  if (body.is_object() && body.contains("error") && body["error"].is_string()) return body["error"];
  return fmt::format("the controller answered with HTTP status {}", response.status);
}

Result<Response> request(const std::string& socket_path, const std::string& method, const std::string& target,
                         const std::string& body, std::chrono::milliseconds timeout) {
  if (socket_path.size() >= sizeof(sockaddr_un::sun_path)) return connect_error(socket_path, ENAMETOOLONG);
  std::optional<Result<Response>> outcome;
  asio::io_context context(1);
  asio::co_spawn(context, exchange(stream_protocol::socket(context), socket_path, method, target, body),
                 [&](std::exception_ptr failure, Result<Response> result) {
                   if (failure) result = Error{"the request failed for want of memory", ENOMEM};
                   outcome.emplace(std::move(result));
                 });
  context.run_for(timeout);
  if (outcome) return std::move(*outcome);
  return Error{fmt::format("the controller did not answer within {} ms ({}); it is stopped or overloaded",
                           timeout.count(), socket_path),
               ETIMEDOUT};
}

Result<std::string> call_controller(const std::string& state_dir, const std::string& method, const std::string& target,
                                    const std::string& body, std::chrono::milliseconds timeout) {
  auto response = request(socket_path_in(state_dir), method, target, body, timeout);
  if (!response) return response.error();
  if (response->status >= 200 && response->status < 300) return std::move(response->body);
  return Error{error_text(*response), 0};
}

Result<NodeStatus> ask_status(const std::string& state_dir, const std::string& target,
                              std::chrono::milliseconds timeout) {
  const auto answer = call_controller(state_dir, "GET", target, "", timeout);
  if (!answer) return answer.error();
  return read_status(*answer);
}

}  // namespace ballast::http
