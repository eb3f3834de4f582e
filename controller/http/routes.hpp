// Which handler answers which path and method. Knows no sockets.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "controller/http/message.hpp"

namespace ballast::http {

using Handler = std::function<Response(const Request&)>;

class Routes {
 public:
  /// A path is matched whole. One handler for each pair of method and path.
  void add(std::string method, std::string path, Handler handler);

  /// What the handler says; 404 for an unknown path, 405 for another method, 500 where the handler throws.
  [[nodiscard]] Response answer(const Request& request) const;

 private:
  std::map<std::string, std::map<std::string, Handler>> methods_of_path_;
};

}  // namespace ballast::http
