// The controller's HTTP server: on a unix socket, for `ballast status` and its kin, and for curl --unix-socket; and,
// for the routes that anyone may ask, on TCP.
//
// API: add() the routes, then listen(). Threads: everything on the one thread that runs the io_context, handlers too,
// so they must not block. Bounds: Limits; one request for a connection; when all connections are taken, one that is
// idle, or else has been open longest, makes room, so that idle ones keep nobody out. The unix socket and TCP have
// connections of their own: whoever reaches the node cannot lock its operator out. Answers without an end (Stream) are
// counted apart from the others, and do not make room; who does not take a piece of one in time is cut off.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "controller/http/routes.hpp"
#include "controller/http/tcp_listener.hpp"
#include "model/result.hpp"

namespace boost::asio {
class io_context;
}

namespace ballast::http {

struct Limits {
  std::size_t header_bytes = 8U << 10;                           ///< more is 431
  std::size_t body_bytes = 64U << 10;                            ///< more is 413; routes that take more say so
  std::size_t connections = 64;                                  ///< on the unix socket, and again on TCP
  std::size_t streams = 16;                                      ///< likewise; more are 503
  std::chrono::milliseconds deadline = std::chrono::seconds{5};  ///< for a whole request, and then for its answer
};

class Server {
 public:
  /// `log` gets what nobody else is told, such as that connections cannot be accepted.
  Server(boost::asio::io_context& context, std::function<void(const std::string&)> log, Limits limits = {});
  /// Must come before the io_context's end. No handler is called after it.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void add(std::string method, std::string path, Handler handler, Reach reach = Reach::local);
  /// One that cannot answer at once, or takes more than Limits says: then the request has ten times the deadline.
  void add(std::string method, std::string path, SlowRoute route, Reach reach = Reach::local);

  /// Listens as UnixListener::open does. Once.
  Result<void> listen(const std::string& socket_path, const std::string& group = "ballast");
  /// Listens there, too; any number of times. The address, with the port that was chosen for port 0.
  Result<std::string> listen(const TcpAddress& address);

  /// Closes every connection and removes the socket file.
  void stop();

 private:
  class Connections;
  std::shared_ptr<Connections> connections_;
};

}  // namespace ballast::http
