// Which handler answers which path and method, and whom. Knows no sockets.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "controller/http/message.hpp"

namespace ballast::http {

/// Who may ask: those who may open the unix socket, or whoever reaches the node's address as well.
enum class Reach : std::uint8_t { local, anyone };

using Handler = std::function<Response(const Request&)>;

/// Takes the answer, once, on the loop's thread; where nobody waits for it any more, it is dropped.
using Respond = std::function<void(Response)>;
/// Answers when it can: now or later.
using SlowHandler = std::function<void(const Request&, Respond)>;

struct SlowRoute {
  SlowHandler handler;
  std::chrono::milliseconds deadline{};  ///< for the answer; then it is 504
  std::size_t body_bytes = 0;            ///< of a request, where that is more than the server's limit
};

class Routes {
 public:
  /// A path is matched whole. One handler for each pair of method and path; HEAD is answered as GET is.
  void add(std::string method, std::string path, Handler handler, Reach reach = Reach::local);
  void add(std::string method, std::string path, SlowRoute route, Reach reach = Reach::local);

  /// What a body may have; 0: no more than elsewhere.
  [[nodiscard]] std::size_t body_bytes(const std::string& method, const std::string& path) const;

  /// What the handler says, now or later; 404 for an unknown path, 403 for one that `from` may not ask for, 405 for
  /// another method, 500 where the handler throws. How long to wait for it, where that is later.
  std::chrono::milliseconds answer(const Request& request, Reach from, const Respond& respond) const;

 private:
  struct Route {
    SlowRoute slow;
    Reach reach = Reach::local;
  };
  using Methods = std::map<std::string, Route>;
  /// Null, and `refusal` says why.
  [[nodiscard]] const Route* find(const Request& request, Reach from, Response& refusal) const;

  std::map<std::string, Methods> methods_of_path_;
};

}  // namespace ballast::http
