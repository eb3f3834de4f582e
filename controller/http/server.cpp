// One coroutine accepts, one serves each connection. They share ownership of Connections, so that the Server may go
// while they still unwind.
#include "controller/http/server.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <exception>
#include <list>
#include <optional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "controller/http/unix_listener.hpp"

namespace ballast::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::local::stream_protocol;
using boost::system::error_code;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds accept_again_after{100};
constexpr std::size_t lingering_bytes = 1U << 20;

enum class Phase { reading, answering, lingering };

struct Connection {
  explicit Connection(stream_protocol::socket accepted)
      : socket(std::move(accepted)), deadline(socket.get_executor()) {}

  stream_protocol::socket socket;
  asio::steady_timer deadline;
  Phase phase = Phase::reading;
  std::optional<Response> refusal;  // what interrupted the reading
};
using Shared = std::shared_ptr<Connection>;

/// A request that is not finished is refused, an answer that is not taken is cut off.
void interrupt(Connection& connection, Response refusal) {
  error_code ignored;
  if (connection.phase == Phase::reading) {
    connection.refusal = std::move(refusal);
    connection.socket.cancel(ignored);
  } else {
    connection.socket.close(ignored);
  }
}

void arm(Shared connection, Phase phase, std::chrono::milliseconds limit) {
  connection->phase = phase;
  connection->deadline.expires_after(limit);
  connection->deadline.async_wait([connection, phase](error_code error) {
    // A wait that was re-armed too late to be cancelled is over another phase.
    if (error || connection->phase != phase) return;
    interrupt(*connection, error_response(408, "the request took too long"));
  });
}

/// What is wrong with the bytes that were read; nullopt: the peer is gone or never asked.
std::optional<Response> refusal_for(error_code error, const Limits& limits) {
  using HttpError = beast::http::error;
  if (error == HttpError::end_of_stream || error.category() != make_error_code(HttpError::end_of_stream).category()) {
    return std::nullopt;
  }
  if (error == HttpError::partial_message) return std::nullopt;
  if (error == HttpError::header_limit || error == HttpError::buffer_overflow) {
    return error_response(431, fmt::format("the header has more than {} bytes", limits.header_bytes));
  }
  if (error == HttpError::body_limit) {
    return error_response(413, fmt::format("the body has more than {} bytes", limits.body_bytes));
  }
  return error_response(400, fmt::format("this is no HTTP request: {}", error.message()));
}

Request make_request(beast::http::request<beast::http::string_body>& message) {
  const auto method = message.method_string();
  const auto target = message.target();
  const std::size_t mark = std::min(target.find('?'), target.size());
  Request request;
  request.method.assign(method.data(), method.size());
  request.target.assign(target.data(), mark);
  if (mark < target.size()) request.query.assign(target.data() + mark + 1, target.size() - mark - 1);
  request.body = std::move(message.body());
  return request;
}

beast::http::response<beast::http::string_body> make_message(Response response) {
  beast::http::response<beast::http::string_body> message;
  message.result(response.status);
  message.version(11);
  message.keep_alive(false);
  message.set(beast::http::field::server, "ballast");
  message.set(beast::http::field::content_type, response.content_type);
  if (!response.allow.empty()) message.set(beast::http::field::allow, response.allow);
  message.body() = std::move(response.body);
  message.prepare_payload();
  return message;
}

/// Reads what a refused peer still sends: closing at once would reset the connection under an answer not yet read.
asio::awaitable<void> linger(Shared connection) {
  error_code ignored;
  connection->socket.shutdown(stream_protocol::socket::shutdown_send, ignored);
  std::array<char, 4096> unused{};
  for (std::size_t total = 0; total < lingering_bytes;) {
    const auto [error, count] = co_await connection->socket.async_read_some(asio::buffer(unused), as_result);
    if (error) break;
    total += count;
  }
}

}  // namespace

class Server::Connections : public std::enable_shared_from_this<Connections> {
 public:
  Connections(asio::io_context& context, std::function<void(const std::string&)> log, Limits limits)
      : context_(context), acceptor_(context), pause_(context), log_(std::move(log)), limits_(limits) {}

  Routes routes;

  Result<void> listen(const std::string& path, const std::string& group) {
    assert(!listener_);
    auto listener = UnixListener::open(path, group);
    if (!listener) return listener.error();
    // Asio closes the descriptor that it is given; the listener keeps the file and the lock.
    const int own = ::fcntl(listener->descriptor(), F_DUPFD_CLOEXEC, 0);
    error_code error;
    if (own < 0) return Error{fmt::format("cannot listen on {}: {}", path, errno_text(errno)), errno};
    acceptor_.assign(stream_protocol(), own, error);
    if (error) {
      ::close(own);
      return Error{fmt::format("cannot listen on {}: {}", path, errno_text(error.value())), error.value()};
    }
    listener_.emplace(std::move(*listener));
    asio::co_spawn(context_, accept(shared_from_this()), [self = shared_from_this()](std::exception_ptr failure) {
      if (failure) self->report("the API does not accept connections any more", failure);
    });
    return {};
  }

  void stop() {
    stopped_ = true;
    listener_.reset();  // first, so that nobody who was cut off finds the file once more
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    for (const Shared& connection : open_) connection->socket.close(ignored);
    routes = {};
  }

 private:
  static asio::awaitable<void> accept(std::shared_ptr<Connections> self) {
    bool told = false;
    while (!self->stopped_) {
      auto [error, socket] = co_await self->acceptor_.async_accept(as_result);
      if (self->stopped_) break;
      if (error) {
        // Out of descriptors or memory: said once, until it works again.
        if (!std::exchange(told, true)) self->log_("the API cannot accept connections: " + errno_text(error.value()));
        self->pause_.expires_after(accept_again_after);
        co_await self->pause_.async_wait(as_result);
        continue;
      }
      told = false;
      self->begin(std::make_shared<Connection>(std::move(socket)));
    }
  }

  void begin(Shared connection) {
    if (open_.size() >= limits_.connections) {
      const Shared oldest = open_.front();
      open_.pop_front();
      interrupt(*oldest, error_response(503, "too many connections, and this one was open longest"));
    }
    open_.push_back(connection);
    asio::co_spawn(context_, serve(shared_from_this(), connection),
                   [self = shared_from_this(), connection](std::exception_ptr failure) {
                     connection->deadline.cancel();
                     self->open_.remove(connection);
                     if (failure) self->report("a connection to the API failed", failure);
                   });
  }

  static asio::awaitable<void> serve(std::shared_ptr<Connections> self, Shared connection) {
    const Limits& limits = self->limits_;
    arm(connection, Phase::reading, limits.deadline);
    beast::flat_buffer buffer(2 * limits.header_bytes);
    beast::http::request_parser<beast::http::string_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
    parser.body_limit(limits.body_bytes);
    const auto [error, count] = co_await beast::http::async_read(connection->socket, buffer, parser, as_result);
    if (self->stopped_) co_return;

    arm(connection, Phase::answering, limits.deadline);
    std::optional<Response> response = std::move(connection->refusal);
    const bool more_may_come = !response && error;
    if (!response) response = error ? refusal_for(error, limits) : self->routes.answer(make_request(parser.get()));
    if (!response) co_return;
    const auto message = make_message(std::move(*response));
    co_await beast::http::async_write(connection->socket, message, as_result);
    if (!more_may_come) co_return;
    arm(connection, Phase::lingering, limits.deadline);
    co_await linger(connection);
  }

  void report(const char* what, const std::exception_ptr& failure) {
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      log_(fmt::format("{}: {}", what, error.what()));
    }
  }

  asio::io_context& context_;
  stream_protocol::acceptor acceptor_;
  asio::steady_timer pause_;
  std::function<void(const std::string&)> log_;
  Limits limits_;
  std::optional<UnixListener> listener_;
  std::list<Shared> open_;  // in the order of their beginning
  bool stopped_ = false;
};

Server::Server(asio::io_context& context, std::function<void(const std::string&)> log, Limits limits)
    : connections_(std::make_shared<Connections>(context, std::move(log), limits)) {}

Server::~Server() {
  stop();
}

void Server::add(std::string method, std::string path, Handler handler) {
  connections_->routes.add(std::move(method), std::move(path), std::move(handler));
}

Result<void> Server::listen(const std::string& socket_path, const std::string& group) {
  return connections_->listen(socket_path, group);
}

void Server::stop() {
  connections_->stop();
}

}  // namespace ballast::http
