// The server's side of HTTP/2 for tests of grpc checks: one answer to each call, of any content (libnghttp2).
#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <nghttp2/nghttp2.h>

namespace ballast::test {

struct HealthAnswer {
  using Headers = std::vector<std::pair<std::string, std::string>>;
  Headers headers{{":status", "200"}, {"content-type", "application/grpc"}};
  std::string body;
  Headers trailers{{"grpc-status", "0"}};  ///< none: the body ends the stream
};

/// A body with this status: 1 is SERVING.
inline std::string framed_status(char status) {
  return std::string("\0\0\0\0\2\x08", 6) + status;
}

class HealthServer {
 public:
  explicit HealthServer(HealthAnswer answer) : answer_(std::move(answer)) {
    nghttp2_session_callbacks* callbacks = nullptr;
    REQUIRE(nghttp2_session_callbacks_new(&callbacks) == 0);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    REQUIRE(nghttp2_session_server_new(&session_, callbacks, this) == 0);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
  }
  ~HealthServer() { nghttp2_session_del(session_); }
  HealthServer(const HealthServer&) = delete;
  HealthServer& operator=(const HealthServer&) = delete;

  /// What the server says to these bytes of the client.
  std::string feed(std::string_view bytes) {
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    CHECK(nghttp2_session_mem_recv(session_, data, bytes.size()) == static_cast<ssize_t>(bytes.size()));
    std::string said;
    const std::uint8_t* out = nullptr;
    for (ssize_t size = 0; (size = nghttp2_session_mem_send(session_, &out)) > 0;) {
      said.append(reinterpret_cast<const char*>(out), static_cast<std::size_t>(size));
    }
    return said;
  }

  /// Of the last call: its headers in order, and its body.
  [[nodiscard]] const std::string& heard() const { return heard_; }
  [[nodiscard]] const std::string& heard_body() const { return heard_body_; }

 private:
  static std::vector<nghttp2_nv> fields_of(const HealthAnswer::Headers& headers) {
    std::vector<nghttp2_nv> fields;
    for (const auto& [name, value] : headers) {
      fields.push_back({reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
                        reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(),
                        NGHTTP2_NV_FLAG_NONE});
    }
    return fields;
  }

  static int on_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name, std::size_t name_size,
                       const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* self) {
    std::string& heard = static_cast<HealthServer*>(self)->heard_;
    heard.append(reinterpret_cast<const char*>(name), name_size).append(": ");
    heard.append(reinterpret_cast<const char*>(value), value_size).append("\n");
    return 0;
  }

  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t, const std::uint8_t* data, std::size_t size,
                     void* self) {
    static_cast<HealthServer*>(self)->heard_body_.append(reinterpret_cast<const char*>(data), size);
    return 0;
  }

  static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* self) {
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
    if (frame->hd.type != NGHTTP2_DATA && frame->hd.type != NGHTTP2_HEADERS) return 0;
    const HealthAnswer& answer = static_cast<HealthServer*>(self)->answer_;
    const auto headers = fields_of(answer.headers);
    if (answer.body.empty() && answer.trailers.empty()) {
      nghttp2_submit_response(session, frame->hd.stream_id, headers.data(), headers.size(), nullptr);
      return 0;
    }
    nghttp2_data_provider body{};
    body.read_callback = read_body;
    nghttp2_submit_response(session, frame->hd.stream_id, headers.data(), headers.size(), &body);
    return 0;
  }

  static ssize_t read_body(nghttp2_session* session, std::int32_t stream, std::uint8_t* into, std::size_t room,
                           std::uint32_t* flags, nghttp2_data_source*, void* user) {
    auto& self = *static_cast<HealthServer*>(user);
    const std::size_t size = std::min(room, self.answer_.body.size() - self.body_sent_);
    std::memcpy(into, self.answer_.body.data() + self.body_sent_, size);
    self.body_sent_ += size;
    if (self.body_sent_ < self.answer_.body.size()) return static_cast<ssize_t>(size);
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (self.answer_.trailers.empty()) return static_cast<ssize_t>(size);
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    const auto trailers = fields_of(self.answer_.trailers);
    nghttp2_submit_trailer(session, stream, trailers.data(), trailers.size());
    return static_cast<ssize_t>(size);
  }

  const HealthAnswer answer_;
  std::size_t body_sent_ = 0;
  std::string heard_, heard_body_;
  nghttp2_session* session_ = nullptr;
};

}  // namespace ballast::test
