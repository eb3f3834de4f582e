// One letter on its way by libcurl: the options that bound it, what the server says, and what came of it. Used by the
// courier's thread only, but for CurlSockets::stop().
#pragma once

#include <array>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "drivers/courier.hpp"
#include "drivers/curl_library.hpp"
#include "drivers/mail_replies.hpp"

namespace ballast {

class CurlTransfer;

/// The sockets that curl has open: shut down, nothing waits for them any more. Thread-safe.
class CurlSockets {
 public:
  /// From now on none is opened.
  void stop();
  /// What `owner` still waits to read comes to its end.
  void stop_reading(const CurlTransfer* owner);

  curl_socket_t open(const CurlTransfer* owner, const curl_sockaddr& address);
  int close(curl_socket_t socket);

 private:
  std::mutex mutex_;
  std::map<curl_socket_t, const CurlTransfer*> open_;
  bool stopped_ = false;
};

class CurlTransfer {
 public:
  /// `letter` must live as long.
  CurlTransfer(const CurlLibrary& curl, CurlSockets& sockets, const Letter& letter);
  ~CurlTransfer();
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  /// Null: no memory.
  [[nodiscard]] CURL* handle() const { return easy_; }
  [[nodiscard]] Delivery outcome(CURLcode code) const;

 private:
  [[nodiscard]] bool is_mail() const { return letter_.url.starts_with("smtp"); }
  void prepare();
  void prepare_post();
  void prepare_mail();
  void append(curl_slist*& list, const std::string& text);
  bool take(std::size_t bytes);
  void take_command(std::string_view line);
  [[nodiscard]] Delivery post_outcome(CURLcode code) const;
  [[nodiscard]] Delivery mail_outcome(CURLcode code) const;
  [[nodiscard]] std::string error_text(CURLcode code) const;

  static std::size_t on_read(char* to, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static int on_debug(CURL* easy, curl_infotype kind, char* data, std::size_t size, void* self);
  static curl_socket_t on_open(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_close(void* sockets, curl_socket_t socket);

  const CurlLibrary& curl_;
  CurlSockets& sockets_;
  const Letter& letter_;
  CURL* easy_;
  curl_slist* headers_ = nullptr;
  curl_slist* recipients_ = nullptr;
  std::array<char, CURL_ERROR_SIZE> error_{};
  std::size_t sent_ = 0;      // of a mail's body
  std::size_t received_ = 0;  // of everything
  MailReplies replies_;
};

}  // namespace ballast
