// One call of grpc.health.v1.Health/Check over HTTP/2, as bytes in and bytes out (libnghttp2; no sockets, no clock).
// Bounded: what the server may send, its headers, its message, and with them what is kept and answered.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct nghttp2_session;

namespace ballast::probes {

class HealthExchange {
 public:
  static constexpr std::size_t received_limit = 16'384;  ///< of a reply of some hundred bytes
  static constexpr std::size_t header_count_limit = 128;

  struct Call {
    std::string scheme;     ///< "http" or "https"
    std::string authority;  ///< host, or address and port
    std::string service;    ///< empty: the server as a whole
  };
  explicit HealthExchange(const Call& call);
  ~HealthExchange();
  HealthExchange(const HealthExchange&) = delete;
  HealthExchange& operator=(const HealthExchange&) = delete;

  struct Verdict {
    bool passed = false;
    std::string text;

    friend bool operator==(const Verdict&, const Verdict&) = default;
  };
  /// Set once, and final.
  [[nodiscard]] const std::optional<Verdict>& verdict() const { return verdict_; }

  /// What is to be sent; sent() takes away what was.
  [[nodiscard]] std::string_view unsent() const { return unsent_; }
  void sent(std::size_t count) { unsent_.erase(0, count); }

  void feed(std::string_view bytes);
  /// The connection is gone; `how` is text ("connection closed").
  void ended(const std::string& how);

 private:
  struct Callbacks;
  struct FreeSession {
    void operator()(nghttp2_session* session) const;
  };

  void submit(const Call& call);
  void take_output();
  void fail(std::string text);
  void take_header(std::string_view name, std::string_view value);
  void judge();

  std::unique_ptr<nghttp2_session, FreeSession> session_;
  std::int32_t stream_ = -1;
  std::string request_;
  std::size_t request_sent_ = 0;
  std::string unsent_;

  std::size_t received_ = 0;
  std::string beginning_;  ///< of what was received: HTTP/1 is told apart by it
  std::size_t header_count_ = 0;
  std::string status_;
  std::string grpc_status_;
  std::string grpc_message_;
  std::string body_;
  std::string trouble_;  ///< in nghttp2's words, or a GOAWAY's
  std::optional<Verdict> verdict_;
};

}  // namespace ballast::probes
