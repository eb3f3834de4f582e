// What a handler of the API gets and gives back; nothing of HTTP's framing.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace ballast::http {

struct Request {
  std::string method;
  std::string target;  ///< the path, without the query
  std::string query;   ///< what follows '?', as it came
  std::string body;
};

struct Response {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::string allow{};  ///< the header of that name; empty: none
  /// Instead of `body`, where it is large and many get the same.
  std::shared_ptr<const std::string> shared_body{};

  [[nodiscard]] std::string_view content() const { return shared_body ? *shared_body : body; }
};

/// {"error": "<text>"}, as every refusal of the API looks.
Response error_response(unsigned status, std::string_view text);

}  // namespace ballast::http
