#include "drivers/probes/http_message.hpp"

#include <algorithm>
#include <optional>

#include <boost/beast/core/error.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/status.hpp>
#include <fmt/format.h>

#include "drivers/probes/http_body.hpp"

namespace ballast::probes {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using beast::error_code;

/// Interim replies (100 Continue, 103 Early Hints) before the real one.
constexpr int most_interim_replies = 8;
constexpr std::string_view version = "HTTP/";
/// Bytes that the parser wants to see together: a header, or the line before a chunk.
constexpr std::size_t most_pending = 2 * largest_header;

std::string wanted_text(const HttpRequest& wanted) {
  if (wanted.status.empty()) return "200-299";
  std::string text;
  for (const auto& range : wanted.status) {
    if (!text.empty()) text += ", ";
    text += std::to_string(range.value.first);
    if (range.value.last != range.value.first) text += "-" + std::to_string(range.value.last);
  }
  return text;
}

bool is_wanted(const HttpRequest& wanted, int status) {
  if (wanted.status.empty()) return status >= 200 && status <= 299;
  return std::any_of(wanted.status.begin(), wanted.status.end(),
                     [status](const auto& range) { return status >= range.value.first && status <= range.value.last; });
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string status_text(int status) {
  const auto reason = http::obsolete_reason(static_cast<http::status>(status));
  return fmt::format("{} {}", status, std::string_view(reason.data(), reason.size()));
}

/// Beast's parser, which calls back instead of storing.
class Message final : public http::basic_parser<false> {
 public:
  explicit Message(BodyJudge& body) : body_(body) {
    header_limit(largest_header);
    body_limit(boost::none);
    eager(true);
  }

  int status = 0;
  std::string location;

 private:
  using text = beast::string_view;
  void on_request_impl(http::verb, text, text, int, error_code&) override {}
  void on_response_impl(int code, text, int, error_code&) override { status = code; }
  void on_field_impl(http::field name, text, text value, error_code&) override {
    if (name == http::field::location) location.assign(value.data(), value.size());
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(text bytes, error_code&) override {
    body_.take({bytes.data(), bytes.size()});
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t, text, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, text bytes, error_code&) override {
    body_.take({bytes.data(), bytes.size()});
    return bytes.size();
  }
  void on_finish_impl(error_code&) override {}

  BodyJudge& body_;
};

}  // namespace

std::string_view word_of(HttpMethod method) {
  switch (method) {
    case HttpMethod::get:
      return "GET";
    case HttpMethod::head:
      return "HEAD";
    case HttpMethod::options:
      return "OPTIONS";
    case HttpMethod::post:
      return "POST";
  }
  return "GET";
}

std::string make_http_request(HttpMethod method, const std::string& target, const std::string& host, bool keep_alive) {
  return fmt::format(
      "{} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: ballast\r\nAccept: */*\r\nAccept-Encoding: identity\r\n{}{}\r\n",
      word_of(method), target, host, method == HttpMethod::post ? "Content-Length: 0\r\n" : "",
      keep_alive ? "" : "Connection: close\r\n");
}

class HttpReply::Parser {
 public:
  Parser(const HttpRequest& wanted, HttpMethod method, bool follow, BodySink sink)
      : wanted_(wanted), method_(method), follow_(follow), body_(wanted, std::move(sink)) {
    begin_message();
  }

  void take(std::string_view bytes) {
    has_begun_ = true;
    if (ended_) {
      surplus_ = true;
      return;
    }
    pending_ += bytes;
    // Beast waits for a whole line; others may never send one.
    if (!is_http_ && !version.starts_with(std::string_view(pending_).substr(0, version.size()))) {
      return fail("the answer is not HTTP");
    }
    is_http_ |= pending_.size() >= version.size();
    parse();
    if (!ended_ && pending_.size() > most_pending) fail("endless header");
  }

  void take_end() {
    if (ended_) return;
    error_code error;
    if (!header_done_) {
      return fail(has_begun_ ? "connection closed within the header" : "connection closed without an answer");
    }
    message_->put_eof(error);
    if (error) return fail("connection closed before the end of the body");
    end();
  }

  [[nodiscard]] bool reusable() const { return ended_ && !broken_ && !surplus_ && message_->keep_alive(); }

  bool has_begun_ = false;
  bool ended_ = false;
  bool header_done_ = false;
  bool decided_ = false;
  bool passed_ = false;
  std::string text_;
  std::string redirect_;

 private:
  void begin_message() {
    message_.emplace(body_);
    message_->skip(method_ == HttpMethod::head);
  }

  void parse() {
    while (!ended_ && !pending_.empty()) {
      error_code error;
      const std::size_t taken = message_->put(boost::asio::buffer(pending_), error);
      pending_.erase(0, taken);
      if (message_->is_header_done() && !header_done_ && !take_header()) continue;
      if (header_done_ && body_.wants_body() && !decided_ && body_.is_too_large())
        return fail("body is larger than 1 MB");
      if (message_->is_done()) return end();
      if (error == http::error::need_more || (!error && taken == 0)) return;
      if (error) return fail_with(error);
    }
  }

  /// False where the reply was an interim one and the next is awaited.
  bool take_header() {
    const int status = message_->status;
    if (status / 100 == 1 && status != 101) {
      if (++interim_ > most_interim_replies) {
        fail("endless interim replies");
      } else {
        begin_message();
      }
      return false;
    }
    header_done_ = true;
    if (!is_wanted(wanted_, status)) {
      if (follow_ && is_redirect(status) && !message_->location.empty()) {
        redirect_ = message_->location;
        decide(false, status_text(status));
      } else {
        decide(false, fmt::format("status {}, wanted {}", status, wanted_text(wanted_)));
      }
    } else if (!body_.wants_body()) {
      decide(true, status_text(status));
    }
    return true;
  }

  void end() {
    ended_ = true;
    surplus_ = !pending_.empty();
    if (decided_) return;
    if (const auto wrong = body_.judge()) return decide(false, *wrong);
    decide(true, status_text(message_->status));
  }

  void decide(bool passed, std::string text) {
    decided_ = true;
    passed_ = passed;
    text_ = std::move(text);
  }

  void fail(std::string text) {
    ended_ = broken_ = true;
    if (!decided_) decide(false, std::move(text));
  }

  void fail_with(const error_code& error) {
    if (error == http::error::header_limit || error == http::error::buffer_overflow) return fail("endless header");
    fail("the answer is not sound HTTP: " + error.message());
  }

  const HttpRequest& wanted_;
  const HttpMethod method_;
  const bool follow_;
  BodyJudge body_;
  std::optional<Message> message_;
  std::string pending_;
  int interim_ = 0;
  bool is_http_ = false;
  bool broken_ = false;
  bool surplus_ = false;
};

HttpReply::HttpReply(const HttpRequest& wanted, HttpMethod method, bool follow_redirects, BodySink sink)
    : parser_(std::make_unique<Parser>(wanted, method, follow_redirects, std::move(sink))) {}
HttpReply::~HttpReply() = default;

void HttpReply::take(std::string_view bytes) {
  parser_->take(bytes);
}
void HttpReply::take_end() {
  parser_->take_end();
}
bool HttpReply::has_begun() const {
  return parser_->has_begun_;
}
bool HttpReply::header_done() const {
  return parser_->header_done_;
}
bool HttpReply::decided() const {
  return parser_->decided_;
}
bool HttpReply::complete() const {
  return parser_->ended_;
}
bool HttpReply::passed() const {
  return parser_->passed_;
}
const std::string& HttpReply::text() const {
  return parser_->text_;
}
const std::string& HttpReply::redirect() const {
  return parser_->redirect_;
}
bool HttpReply::reusable() const {
  return parser_->reusable();
}

std::string redirect_target(std::string_view location, std::string_view target, std::string_view scheme,
                            std::string_view host) {
  const auto is_sound = [](char letter) { return letter > ' ' && letter < '\x7f'; };
  if (!std::all_of(location.begin(), location.end(), is_sound)) return {};
  location = location.substr(0, location.find('#'));
  const std::size_t colon = location.find(':');
  if (const bool has_scheme = colon != std::string_view::npos && colon < location.find_first_of("/?"); has_scheme) {
    if (!beast::iequals({location.data(), colon}, {scheme.data(), scheme.size()})) return {};
    location.remove_prefix(colon + 1);
    if (!location.starts_with("//")) return {};
  }
  if (location.starts_with("//")) {
    location.remove_prefix(2);
    const std::size_t end = std::min(location.find_first_of("/?"), location.size());
    if (!beast::iequals({location.data(), end}, {host.data(), host.size()})) return {};
    location.remove_prefix(end);
    return location.starts_with('/') ? std::string(location) : "/" + std::string(location);
  }
  if (location.starts_with('/')) return std::string(location);
  const std::string_view path = target.substr(0, target.find('?'));
  if (location.empty()) return std::string(target);
  if (location.starts_with('?')) return std::string(path) + std::string(location);
  return std::string(path.substr(0, path.rfind('/') + 1)) + std::string(location);
}

}  // namespace ballast::probes
