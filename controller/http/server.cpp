// One coroutine accepts at each door, one serves each connection. They share ownership of Connections, so that the
// Server may go while they still unwind.
#include "controller/http/server.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <exception>
#include <list>
#include <map>
#include <optional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "controller/http/beast_messages.hpp"
#include "controller/http/unix_listener.hpp"

namespace ballast::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::generic::stream_protocol;
using boost::system::error_code;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds accept_again_after{100};
constexpr int longer_deadline = 10;  // for routes that take more than others
constexpr std::size_t lingering_bytes = 1U << 20;

enum class Phase { reading, handling, answering, streaming, lingering };

struct Connection {
  explicit Connection(stream_protocol::socket accepted)
      : socket(std::move(accepted)), deadline(socket.get_executor()), answered(socket.get_executor()) {
    answered.expires_at(asio::steady_timer::time_point::max());
  }

  /// The first answer counts: a handler that comes too late is not heard.
  void respond(Response response) {
    if (!answer) answer = std::move(response);
    answered.cancel();
  }

  stream_protocol::socket socket;
  asio::steady_timer deadline;
  asio::steady_timer answered;  // never fires: it is cancelled when there is an answer, or a stream's next piece
  Phase phase = Phase::reading;
  std::optional<Response> answer;
};
using Shared = std::shared_ptr<Connection>;

/// A request that is not finished, or whose handler is not, is refused; an answer that is not taken is cut off.
void interrupt(Connection& connection, Response refusal) {
  error_code ignored;
  if (connection.phase == Phase::reading) {
    connection.answer = std::move(refusal);
    connection.socket.cancel(ignored);
  } else if (connection.phase == Phase::handling) {
    connection.respond(std::move(refusal));
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
    interrupt(*connection, phase == Phase::handling ? error_response(504, "no answer in time; try again later")
                                                    : error_response(408, "the request took too long"));
  });
}

/// A peer that is gone without a word takes no more than this of what is sent to it.
void give_up_after(stream_protocol::socket& socket, std::chrono::milliseconds patience) {
  const auto limit = static_cast<unsigned>(patience.count());
  ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, sizeof limit);  // of a unix socket, none
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
      : context_(context), log_(std::move(log)), limits_(limits) {}

  Routes routes;

  Result<void> listen(const std::string& path, const std::string& group) {
    assert(!listener_);
    auto listener = UnixListener::open(path, group);
    if (!listener) return listener.error();
    if (auto opened = open(listener->descriptor(), {AF_UNIX, 0}, Reach::local); !opened) return opened.error();
    listener_.emplace(std::move(*listener));
    return {};
  }

  Result<std::string> listen(const TcpAddress& address) {
    auto socket = listen_on(address);
    if (!socket) return socket.error();
    const stream_protocol protocol(address.address.ss_family, IPPROTO_TCP);
    if (auto opened = open(socket->get(), protocol, Reach::anyone); !opened) return opened.error();
    return local_address_of(socket->get());
  }

  void stop() {
    stopped_ = true;
    listener_.reset();  // first, so that nobody who was cut off finds the file once more
    error_code ignored;
    for (Door& door : doors_) {
      door.acceptor.close(ignored);
      door.pause.cancel();
    }
    for (const auto* all : {&open_, &streaming_}) {
      for (const auto& [reach, open] : *all) {
        for (const Shared& connection : open) {
          connection->socket.close(ignored);
          connection->answered.cancel();
        }
      }
    }
    routes = {};
  }

 private:
  using Acceptor = asio::basic_socket_acceptor<stream_protocol>;
  struct Door {
    Door(asio::io_context& context, Reach who) : acceptor(context), pause(context), reach(who) {}
    Acceptor acceptor;
    asio::steady_timer pause;
    Reach reach;
  };

  /// Asio closes the descriptor that it is given, so it gets one of its own.
  Result<void> open(int socket, const stream_protocol& protocol, Reach reach) {
    const int own = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
    if (own < 0) return Error{"cannot listen: " + errno_text(errno), errno};
    Door& door = doors_.emplace_back(context_, reach);
    error_code error;
    door.acceptor.assign(protocol, own, error);
    if (error) {
      ::close(own);
      return Error{"cannot listen: " + errno_text(error.value()), error.value()};
    }
    asio::co_spawn(context_, accept(shared_from_this(), &door),
                   [self = shared_from_this()](std::exception_ptr failure) {
                     if (failure) self->report("the API does not accept connections any more", failure);
                   });
    return {};
  }

  static asio::awaitable<void> accept(std::shared_ptr<Connections> self, Door* door) {
    bool told = false;
    while (!self->stopped_) {
      auto [error, socket] = co_await door->acceptor.async_accept(as_result);
      if (self->stopped_) break;
      if (error) {
        // Out of descriptors or memory: said once, until it works again.
        if (!std::exchange(told, true)) self->log_("the API cannot accept connections: " + errno_text(error.value()));
        door->pause.expires_after(accept_again_after);
        co_await door->pause.async_wait(as_result);
        continue;
      }
      told = false;
      self->begin(std::make_shared<Connection>(std::move(socket)), door->reach);
    }
  }

  void begin(Shared connection, Reach reach) {
    std::list<Shared>& open = open_[reach];
    if (open.size() >= limits_.connections) make_room(open);
    open.push_back(connection);
    asio::co_spawn(context_, serve(shared_from_this(), connection, reach),
                   [self = shared_from_this(), connection, reach](std::exception_ptr failure) {
                     connection->deadline.cancel();
                     self->open_[reach].remove(connection);
                     self->streaming_[reach].remove(connection);
                     if (failure) self->report("a connection to the API failed", failure);
                   });
  }

  static void make_room(std::list<Shared>& open) {
    const auto idle =
        std::find_if(open.begin(), open.end(), [](const Shared& each) { return each->phase == Phase::reading; });
    const auto place = idle == open.end() ? open.begin() : idle;
    const Shared chosen = *place;
    open.erase(place);
    interrupt(*chosen, error_response(503, "too many connections, and this one was open longest"));
  }

  /// Whether there is an answer.
  static asio::awaitable<bool> handle(std::shared_ptr<Connections> self, Shared connection, Request request,
                                      Reach reach) {
    const auto patience = self->routes.answer(request, reach, [weak = std::weak_ptr(connection)](Response response) {
      if (const auto waiting = weak.lock()) waiting->respond(std::move(response));
    });
    if (!connection->answer) {
      arm(connection, Phase::handling, patience);
      co_await connection->answered.async_wait(as_result);
    }
    co_return !self->stopped_ && connection->answer;
  }

  static asio::awaitable<void> serve(std::shared_ptr<Connections> self, Shared connection, Reach reach) {
    const Limits& limits = self->limits_;
    arm(connection, Phase::reading, limits.deadline);
    beast::flat_buffer buffer(2 * limits.header_bytes);
    beast::http::request_parser<beast::http::string_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
    parser.body_limit(boost::none);  // until it is known what is asked
    const auto beginning = co_await beast::http::async_read_header(connection->socket, buffer, parser, as_result);
    error_code error = std::get<0>(beginning);
    std::size_t body_bytes = limits.body_bytes;
    if (!error) {
      if (reach == Reach::local) body_bytes = self->body_bytes_for(parser.get());
      parser.body_limit(body_bytes);
      if (body_bytes > limits.body_bytes) arm(connection, Phase::reading, longer_deadline * limits.deadline);
      if (parser.content_length() && *parser.content_length() > body_bytes) error = beast::http::error::body_limit;
    }
    if (!error && !parser.is_done()) {
      const auto body = co_await beast::http::async_read(connection->socket, buffer, parser, as_result);
      error = std::get<0>(body);
    }
    if (self->stopped_) co_return;
    const bool more_may_come = !connection->answer && error;
    if (!connection->answer && error) connection->answer = refusal_for(error, limits.header_bytes, body_bytes);
    if (!connection->answer && error) co_return;
    const bool head = parser.get().method() == beast::http::verb::head;
    if (!connection->answer && !co_await handle(self, connection, make_request(parser.get()), reach)) co_return;
    if (connection->answer->stream && !head && self->begin_stream(connection, reach)) {
      co_await stream(self, connection);
      co_return;
    }
    arm(connection, Phase::answering, limits.deadline);
    const Message message = make_message(*connection->answer);
    if (head) {
      beast::http::response_serializer<beast::http::span_body<const char>> header(message);
      co_await beast::http::async_write_header(connection->socket, header, as_result);
    } else {
      co_await beast::http::async_write(connection->socket, message, as_result);
    }
    if (!more_may_come) co_return;
    arm(connection, Phase::lingering, limits.deadline);
    co_await linger(connection);
  }

  /// Whether there is room for it; else the answer is that there is none.
  bool begin_stream(const Shared& connection, Reach reach) {
    std::list<Shared>& streaming = streaming_[reach];
    if (streaming.size() >= limits_.streams) {
      connection->answer = error_response(503, fmt::format("{} listen already; that is the limit", streaming.size()));
      connection->answer->headers["Retry-After"] = "10";
      return false;
    }
    open_[reach].remove(connection);
    streaming.push_back(connection);
    return true;
  }

  static asio::awaitable<void> stream(std::shared_ptr<Connections> self, Shared connection) {
    give_up_after(connection->socket, 2 * self->limits_.deadline);
    const Header header = make_header(*connection->answer);
    beast::http::response_serializer<beast::http::empty_body> serializer(header);
    arm(connection, Phase::answering, self->limits_.deadline);
    auto sent = co_await beast::http::async_write_header(connection->socket, serializer, as_result);
    const std::shared_ptr<Stream> stream = connection->answer->stream;
    stream->wake = [weak = std::weak_ptr(connection)] {
      if (const auto waiting = weak.lock()) waiting->answered.cancel();
    };
    while (!std::get<0>(sent) && !self->stopped_) {
      connection->phase = Phase::streaming;
      if (const auto piece = stream->next()) {
        arm(connection, Phase::answering, self->limits_.deadline);
        sent = co_await asio::async_write(connection->socket, asio::buffer(*piece), as_result);
      } else {
        connection->deadline.cancel();
        co_await connection->answered.async_wait(as_result);
      }
    }
  }

  /// What the body of a request with this header may have.
  [[nodiscard]] std::size_t body_bytes_for(const beast::http::request<beast::http::string_body>& header) const {
    const auto method = header.method_string();
    const auto target = header.target();
    const std::string path(target.data(), std::min(target.find('?'), target.size()));
    return std::max(limits_.body_bytes, routes.body_bytes(std::string(method.data(), method.size()), path));
  }

  void report(const char* what, const std::exception_ptr& failure) {
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      log_(fmt::format("{}: {}", what, error.what()));
    }
  }

  asio::io_context& context_;
  std::function<void(const std::string&)> log_;
  Limits limits_;
  std::optional<UnixListener> listener_;
  std::list<Door> doors_;
  std::map<Reach, std::list<Shared>> open_;       // in the order of their beginning
  std::map<Reach, std::list<Shared>> streaming_;  // these are no longer among them
  bool stopped_ = false;
};

Server::Server(asio::io_context& context, std::function<void(const std::string&)> log, Limits limits)
    : connections_(std::make_shared<Connections>(context, std::move(log), limits)) {}

Server::~Server() {
  stop();
}

void Server::add(std::string method, std::string path, Handler handler, Reach reach) {
  connections_->routes.add(std::move(method), std::move(path), std::move(handler), reach);
}

void Server::add(std::string method, std::string path, SlowRoute route, Reach reach) {
  connections_->routes.add(std::move(method), std::move(path), std::move(route), reach);
}

Result<void> Server::listen(const std::string& socket_path, const std::string& group) {
  return connections_->listen(socket_path, group);
}

Result<std::string> Server::listen(const TcpAddress& address) {
  return connections_->listen(address);
}

void Server::stop() {
  connections_->stop();
}

}  // namespace ballast::http
