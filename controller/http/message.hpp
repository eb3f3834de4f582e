// What a handler of the API gets and gives back; nothing of HTTP's framing.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace ballast::http {

struct Request {
  std::string method;
  std::string target;  ///< the path, without the query
  std::string query;   ///< what follows '?', as it came
  std::string body;
  std::string last_event_id{};  ///< of a listener that comes back (Last-Event-ID)
};

/// An answer without an end: the server asks for a piece whenever it has sent the one before, so that a slow peer has
/// at most one of them waiting, and misses what has been overtaken meanwhile.
class Stream {
 public:
  Stream() = default;
  virtual ~Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// Null: there is nothing new; `wake` is called when there is.
  virtual std::shared_ptr<const std::string> next() = 0;
  std::function<void()> wake{};
};

struct Response {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::map<std::string, std::string> headers{};  ///< further ones
  /// Instead of `body`, where it is large and many get the same.
  std::shared_ptr<const std::string> shared_body{};
  /// Instead of both.
  std::shared_ptr<Stream> stream{};

  [[nodiscard]] std::string_view content() const { return shared_body ? *shared_body : body; }
};

/// {"error": "<text>"}, as every refusal of the API looks.
Response error_response(unsigned status, std::string_view text);

}  // namespace ballast::http
