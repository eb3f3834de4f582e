// One HTTP/1.1 request as bytes, and the judging of the bytes that come back (RFC 9112). Pure: no sockets, no clock.
//
// Whatever comes, memory stays bounded: a header beyond 16 kB fails, and a body is kept only where its text matters.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "model/checks.hpp"

namespace ballast::probes {

inline constexpr std::uint32_t largest_header = 16 * 1024;

std::string_view word_of(HttpMethod method);
std::string make_http_request(HttpMethod method, const std::string& target, const std::string& host, bool keep_alive);

/// Judges one reply. Without an expectation of the body it has decided with the header; what comes after that matters
/// only for the connection's further use.
class HttpReply {
 public:
  using BodySink = std::function<void(std::string_view)>;

  /// `wanted` lives longer. `method` is what was asked with: after a redirect perhaps another. With a `sink`, which
  /// gets the body in pieces, the body matters, too.
  HttpReply(const HttpRequest& wanted, HttpMethod method, bool follow_redirects, BodySink sink = nullptr);
  ~HttpReply();
  HttpReply(const HttpReply&) = delete;
  HttpReply& operator=(const HttpReply&) = delete;

  void take(std::string_view bytes);
  /// The server ended the stream.
  void take_end();

  [[nodiscard]] bool has_begun() const;    ///< a byte has come
  [[nodiscard]] bool header_done() const;  ///< what is awaited is the body's end
  [[nodiscard]] bool decided() const;
  [[nodiscard]] bool complete() const;            ///< nothing of it is to come
  [[nodiscard]] bool passed() const;              ///< once decided
  [[nodiscard]] const std::string& text() const;  ///< "200 OK", "status 503, wanted 200-299"
  [[nodiscard]] const std::string& redirect()
      const;  ///< Location, where it is to be followed: neither passed nor failed
  /// The reply ended, with nothing behind it, and the connection may carry another request.
  [[nodiscard]] bool reusable() const;

 private:
  class Parser;
  std::unique_ptr<Parser> parser_;
};

/// Where a redirect leads on the server that sent it: the new request target. Empty where it leads to another server,
/// to another scheme, or nowhere. `host` is the Host header of the request for `target`.
std::string redirect_target(std::string_view location, std::string_view target, std::string_view scheme,
                            std::string_view host);

}  // namespace ballast::probes
