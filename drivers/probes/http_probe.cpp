// HTTP and HTTPS: asks one request after the other, on one connection where the server allows, and judges the replies.
#include <array>

#include <fmt/format.h>

#include "drivers/probes/attempt.hpp"
#include "drivers/probes/excerpt.hpp"
#include "drivers/probes/http_message.hpp"
#include "drivers/probes/idle_streams.hpp"
#include "drivers/probes/stream.hpp"

namespace ballast::probes {
namespace {

/// As large as a TLS record: what OpenSSL has taken from the socket it hands out whole.
constexpr std::size_t read_bytes = 16 * 1024;
/// Reads before others have their turn.
constexpr int reads_at_once = 4;
/// Of a body that does not matter, what is read so that the connection can go on being used.
constexpr std::size_t most_skipped = 64 * 1024;

constexpr std::uint16_t default_port(bool tls) {
  return tls ? 443 : 80;
}

/// "www.example.net" of "www.example.net:8443"; "2001:db8::1" of "[2001:db8::1]:80".
std::string name_of_host(const std::string& host) {
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  if (host.find(':') != host.rfind(':')) return host;
  return host.substr(0, host.find(':'));
}

class HttpAttempt final : public Attempt {
 public:
  HttpAttempt(Host& host, const ProbeTarget& target, const HttpCheck& check)
      : Attempt(host, target), check_(check), request_(check.requests.begin()) {}

  void begin() override { begin_request(); }

  void ready(std::uint32_t /*events*/) override {
    switch (phase_) {
      case Phase::connect:
        if (go_on(stream_.connected())) begin_handshake();
        break;
      case Phase::handshake:
        handshake();
        break;
      case Phase::write:
        write();
        break;
      case Phase::read:
        read();
        break;
    }
  }

  /// Where only the rest of a body is awaited that does not matter, the verdict stands already.
  void expire(std::chrono::milliseconds timeout) override {
    if (reply_ && reply_->passed() && std::next(request_) == check_.requests.end()) return pass(reply_->text());
    fail_request(fmt::format("no {} within {}", awaited(), duration_text(timeout)));
  }

  [[nodiscard]] std::string_view awaited() const override {
    if (phase_ == Phase::connect) return "connection";
    if (phase_ == Phase::handshake) return "TLS handshake";
    return reply_ && reply_->header_done() ? "end of the body" : "answer";
  }

 private:
  enum class Phase : std::uint8_t { connect, handshake, write, read };

  void begin_request() {
    target_ = request_->path.value;
    method_ = request_->method.value;
    followed_ = 0;
    host_name_ = request_->host ? request_->host->value : own_host();
    ask();
  }

  [[nodiscard]] std::string own_host() const {
    const std::string text = endpoint_text(target().address, target().port);
    return target().port == default_port(check_.tls.has_value()) ? text.substr(0, text.rfind(':')) : text;
  }

  [[nodiscard]] bool more_requests() const { return std::next(request_) != check_.requests.end(); }
  /// Before the reply has come, a redirect may follow too.
  [[nodiscard]] bool offers_more() const { return goes_on() || followed_ < check_.redirects.value; }
  [[nodiscard]] bool goes_on() const {
    return check_.keep_alive.value || more_requests() || !reply_->redirect().empty();
  }

  void ask() {
    reply_ = std::make_unique<HttpReply>(*request_, method_, followed_ < check_.redirects.value);
    outgoing_ = make_http_request(method_, target_, host_name_, offers_more());
    sent_ = skipped_ = 0;
    if (!stream_.is_open() && check_.keep_alive.value) {
      if (auto kept = host().idle().take(key())) {
        stream_ = std::move(*kept);
        fresh_ = false;
      }
    }
    stream_.is_open() ? write() : connect();
  }

  void connect() {
    phase_ = Phase::connect;
    fresh_ = true;
    sent_ = 0;
    stream_ = Stream();
    if (go_on(stream_.connect(target()))) begin_handshake();
  }

  void begin_handshake() {
    if (!check_.tls) return write();
    phase_ = Phase::handshake;
    if (go_on(stream_.begin_tls(host().tls(), *check_.tls, tls_name()))) handshake();
  }

  [[nodiscard]] std::string tls_name() const {
    return check_.tls->server_name ? check_.tls->server_name->value : name_of_host(host_name_);
  }

  void handshake() {
    if (go_on(stream_.handshake())) write();
  }

  void write() {
    phase_ = Phase::write;
    while (sent_ < outgoing_.size()) {
      const Progress progress = stream_.write(std::string_view(outgoing_).substr(sent_));
      if (!go_on(progress)) return;
      sent_ += progress.bytes;
    }
    phase_ = Phase::read;
    // Nothing can have come yet, except on a kept connection that the server closes.
    wait(stream_.descriptor(), EPOLLIN);
  }

  void read() {
    std::array<char, read_bytes> bytes;
    for (int i = 0; i < reads_at_once; ++i) {
      const Progress progress = stream_.read(bytes.data(), bytes.size());
      if (progress.state == Progress::State::closed) {
        if (lost_kept_connection()) return connect();
        reply_->take_end();
        return take_verdict();
      }
      if (!go_on(progress)) return;
      if (reply_->decided()) skipped_ += progress.bytes;
      reply_->take({bytes.data(), progress.bytes});
      const bool enough = !reply_->passed() && reply_->redirect().empty();
      if (reply_->decided() && (enough || reply_->complete() || !goes_on() || skipped_ > most_skipped)) {
        return take_verdict();
      }
    }
    wait(stream_.descriptor(), EPOLLIN);
  }

  /// False after it has waited or failed.
  bool go_on(const Progress& progress) {
    switch (progress.state) {
      case Progress::State::done:
        return true;
      case Progress::State::wait:
        wait(stream_.descriptor(), progress.events);
        return false;
      case Progress::State::closed:
      case Progress::State::failed:
        break;
    }
    if (lost_kept_connection()) {
      connect();
    } else if (reply_->decided()) {
      take_verdict();
    } else {
      fail_request(progress.text.empty() ? "connection closed" : progress.text, progress.own_fault);
    }
    return false;
  }

  /// The server may close a connection at any time between two requests: that is no failure.
  [[nodiscard]] bool lost_kept_connection() const {
    return !fresh_ && phase_ != Phase::connect && !reply_->has_begun();
  }

  void take_verdict() {
    const bool reusable = reply_->reusable();
    if (!reusable) stream_ = Stream();
    fresh_ = false;
    if (!reply_->redirect().empty()) return follow(reply_->redirect());
    if (!reply_->passed()) return fail_request(reply_->text());
    if (more_requests()) {
      const std::string before = host_name_;
      ++request_;
      // Another host may be another certificate.
      const auto& next_host = request_->host;
      if (check_.tls && (next_host ? next_host->value : own_host()) != before) stream_ = Stream();
      return begin_request();
    }
    if (reusable && check_.keep_alive.value) {
      host().idle().put(key(), std::move(stream_), std::chrono::steady_clock::now());
    }
    pass(reply_->text());
  }

  void follow(const std::string& location) {
    std::string next = redirect_target(location, target_, check_.tls ? "https" : "http", host_name_);
    if (next.empty()) return fail_request(reply_->text() + " to another server: " + excerpt(location));
    ++followed_;
    const bool keeps_method = reply_->text().starts_with("307") || reply_->text().starts_with("308");
    if (method_ == HttpMethod::post && !keeps_method) method_ = HttpMethod::get;
    target_ = std::move(next);
    ask();
  }

  void fail_request(const std::string& text, bool own_fault = false) {
    std::string whole = text;
    if (check_.requests.size() > 1) whole = fmt::format("{} {}: {}", word_of(method_), target_, text);
    finish({false, std::move(whole), std::nullopt, own_fault});
  }

  /// Tells connections apart that may not stand for each other.
  [[nodiscard]] std::string key() const {
    std::string key = fmt::format("{} {} {}", endpoint_text(target().address, target().port), target().mark,
                                  target().source ? target().source->text() : "");
    if (!check_.tls) return key;
    return fmt::format("{} tls {} {} {}", key, check_.tls->verify.value,
                       check_.tls->ca_file ? check_.tls->ca_file->value : "", tls_name());
  }

  const HttpCheck& check_;
  std::vector<HttpRequest>::const_iterator request_;
  Phase phase_ = Phase::connect;
  Stream stream_;
  bool fresh_ = true;  // the connection carried no request before this one
  std::unique_ptr<HttpReply> reply_;
  std::string host_name_;
  std::string target_;
  HttpMethod method_ = HttpMethod::get;
  int followed_ = 0;
  std::string outgoing_;
  std::size_t sent_ = 0;
  std::size_t skipped_ = 0;
};

}  // namespace

std::unique_ptr<Attempt> make_http(Host& host, const ProbeTarget& target, const HttpCheck& check) {
  return std::make_unique<HttpAttempt>(host, target, check);
}

}  // namespace ballast::probes
