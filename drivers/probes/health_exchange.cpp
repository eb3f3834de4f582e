#include "drivers/probes/health_exchange.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <new>
#include <span>

#include <fmt/format.h>
#include <nghttp2/nghttp2.h>

#include "drivers/probes/excerpt.hpp"
#include "drivers/probes/health_message.hpp"

namespace ballast::probes {
namespace {

constexpr std::string_view check_path = "/grpc.health.v1.Health/Check";
constexpr std::string_view http1 = "HTTP/1";
constexpr std::size_t kept_of_header = 512;

std::string grpc_status_text(std::string_view code) {
  constexpr std::array<const char*, 17> names = {
      "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
      "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
      "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
      "DATA_LOSS", "UNAUTHENTICATED"};
  std::size_t number = names.size();
  const auto [end, error] = std::from_chars(code.data(), code.data() + code.size(), number);
  const bool is_number = error == std::errc{} && end == code.data() + code.size();
  if (!is_number || number >= names.size()) return "grpc-status " + excerpt(code);
  // Check, unlike Watch, says that it does not know the service by the call's own status.
  return std::string_view(names[number]) == "NOT_FOUND" ? "SERVICE_UNKNOWN" : names[number];
}

int hex_digit(char letter) {
  if (letter >= '0' && letter <= '9') return letter - '0';
  const char lower = static_cast<char>(letter | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// gRPC's Status-Message is percent-encoded; what is not encoded right stays as it came.
std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool is_code =
        text[at] == '%' && at + 2 < text.size() && hex_digit(text[at + 1]) >= 0 && hex_digit(text[at + 2]) >= 0;
    decoded += is_code ? static_cast<char>(hex_digit(text[at + 1]) * 16 + hex_digit(text[at + 2])) : text[at];
    if (is_code) at += 2;
  }
  return decoded;
}

std::string with_reason(std::string text, std::string_view reason) {
  return reason.empty() ? text : text + ": " + excerpt(reason);
}

std::string_view view(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

nghttp2_nv header(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

}  // namespace

/// What nghttp2 calls; `exchange` is its user data.
struct HealthExchange::Callbacks {
  static int on_header(nghttp2_session* /*session*/, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t /*flags*/,
                       void* exchange) {
    auto& self = *static_cast<HealthExchange*>(exchange);
    if (frame->hd.stream_id == self.stream_) self.take_header(view(name, name_size), view(value, value_size));
    return self.verdict_ ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
  }

  static int on_data(nghttp2_session* /*session*/, std::uint8_t /*flags*/, std::int32_t stream,
                     const std::uint8_t* data, std::size_t size, void* exchange) {
    auto& self = *static_cast<HealthExchange*>(exchange);
    // One byte over its limit is enough for it to be refused.
    const std::size_t room = health_response_limit + 1 - self.body_.size();
    if (stream == self.stream_) self.body_.append(view(data, std::min(size, room)));
    return 0;
  }

  static int on_frame(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* exchange) {
    auto& self = *static_cast<HealthExchange*>(exchange);
    if (frame->hd.type == NGHTTP2_GOAWAY) {
      self.trouble_ = with_reason(fmt::format("GOAWAY {}", nghttp2_http2_strerror(frame->goaway.error_code)),
                                  view(frame->goaway.opaque_data, frame->goaway.opaque_data_len));
    }
    const bool has_content = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    const bool is_last = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (has_content && is_last && frame->hd.stream_id == self.stream_) self.judge();
    return 0;
  }

  static int on_stream_close(nghttp2_session* /*session*/, std::int32_t stream, std::uint32_t code, void* exchange) {
    auto& self = *static_cast<HealthExchange*>(exchange);
    if (stream == self.stream_) self.fail(fmt::format("the server refused the call: {}", nghttp2_http2_strerror(code)));
    return 0;
  }

  static int on_error(nghttp2_session* /*session*/, int /*code*/, const char* message, std::size_t size,
                      void* exchange) {
    static_cast<HealthExchange*>(exchange)->trouble_ = std::string(message, size);
    return 0;
  }

  static ssize_t read_request(nghttp2_session* /*session*/, std::int32_t /*stream*/, std::uint8_t* into,
                              std::size_t room, std::uint32_t* flags, nghttp2_data_source* /*source*/, void* exchange) {
    auto& self = *static_cast<HealthExchange*>(exchange);
    const std::size_t size = std::min(room, self.request_.size() - self.request_sent_);
    std::memcpy(into, self.request_.data() + self.request_sent_, size);
    self.request_sent_ += size;
    if (self.request_sent_ == self.request_.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(size);
  }

  static nghttp2_session* make_session(HealthExchange* exchange) {
    nghttp2_session_callbacks* callbacks = nullptr;
    if (nghttp2_session_callbacks_new(&callbacks) != 0) throw std::bad_alloc();
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
    nghttp2_session_callbacks_set_error_callback2(callbacks, on_error);
    nghttp2_session* session = nullptr;
    const int error = nghttp2_session_client_new(&session, callbacks, exchange);
    nghttp2_session_callbacks_del(callbacks);
    if (error != 0) throw std::bad_alloc();
    return session;
  }
};

void HealthExchange::FreeSession::operator()(nghttp2_session* session) const {
  nghttp2_session_del(session);
}

HealthExchange::HealthExchange(const Call& call) : session_(Callbacks::make_session(this)) {
  const auto request = make_health_request(call.service);
  request_.assign(request.begin(), request.end());
  submit(call);
  take_output();
}

HealthExchange::~HealthExchange() = default;

void HealthExchange::submit(const Call& call) {
  constexpr std::array<nghttp2_settings_entry, 3> settings = {
      {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
       {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, received_limit},
       {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, received_limit}}};
  const std::array<nghttp2_nv, 7> headers = {header(":method", "POST"),      header(":scheme", call.scheme),
                                             header(":path", check_path),    header(":authority", call.authority),
                                             header("te", "trailers"),       header("content-type", "application/grpc"),
                                             header("user-agent", "ballast")};
  nghttp2_data_provider body{};
  body.read_callback = Callbacks::read_request;
  const int error = nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  stream_ = nghttp2_submit_request(session_.get(), nullptr, headers.data(), headers.size(), &body, nullptr);
  if (error != 0 || stream_ < 0) fail("cannot make the request");
}

void HealthExchange::take_output() {
  const std::uint8_t* bytes = nullptr;
  for (;;) {
    const ssize_t size = nghttp2_session_mem_send(session_.get(), &bytes);
    if (size < 0) fail(fmt::format("HTTP/2: {}", nghttp2_strerror(static_cast<int>(size))));
    if (size <= 0) return;
    unsent_.append(view(bytes, static_cast<std::size_t>(size)));
  }
}

void HealthExchange::feed(std::string_view bytes) {
  if (verdict_) return;
  if (beginning_.size() < http1.size()) beginning_.append(bytes.substr(0, http1.size() - beginning_.size()));
  if (beginning_ == http1) return fail("the server speaks HTTP/1, not HTTP/2");
  received_ += bytes.size();
  if (received_ > received_limit) return fail("more than 16 kB, and no end of the answer");
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const ssize_t taken = nghttp2_session_mem_recv(session_.get(), data, bytes.size());
  if (verdict_) return;
  if (taken < 0) return fail(with_reason("no HTTP/2", nghttp2_strerror(static_cast<int>(taken))));
  take_output();
  // nghttp2 has given the session up, and has told the server why.
  if (nghttp2_session_want_read(session_.get()) == 0) fail(with_reason("no HTTP/2", trouble_));
}

void HealthExchange::ended(const std::string& how) {
  fail(with_reason(how + " before the answer", trouble_));
}

void HealthExchange::fail(std::string text) {
  if (!verdict_) verdict_ = Verdict{false, std::move(text)};
}

void HealthExchange::take_header(std::string_view name, std::string_view value) {
  if (++header_count_ > header_count_limit) return fail("more than 128 headers");
  const std::string_view kept = value.substr(0, kept_of_header);
  if (name == ":status") status_ = kept;
  if (name == "grpc-status") grpc_status_ = kept;
  if (name == "grpc-message") grpc_message_ = percent_decoded(kept);
}

/// The whole answer is there.
void HealthExchange::judge() {
  if (status_ != "200") return fail("HTTP status " + status_);
  if (grpc_status_.empty()) return fail("no grpc-status in the answer: not a gRPC server");
  if (grpc_status_ != "0") return fail(with_reason(grpc_status_text(grpc_status_), grpc_message_));
  const auto* body = reinterpret_cast<const std::uint8_t*>(body_.data());
  const auto status = read_health_response(std::span(body, body_.size()));
  if (!status) return fail(status.error().text);
  if (!verdict_) verdict_ = Verdict{*status == ServingStatus::serving, serving_status_text(*status)};
}

}  // namespace ballast::probes
