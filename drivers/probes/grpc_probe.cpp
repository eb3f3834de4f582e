// gRPC: carries one health call over a connection of its own, in cleartext with prior knowledge or over TLS.
#include <array>

#include "drivers/probes/attempt.hpp"
#include "drivers/probes/health_exchange.hpp"
#include "drivers/probes/stream.hpp"

namespace ballast::probes {
namespace {

constexpr std::string_view alpn_h2 = "\x02h2";
constexpr std::size_t read_at_once = 4096;

std::string server_name(const ProbeTarget& target, const GrpcCheck& check) {
  return check.tls && check.tls->server_name ? check.tls->server_name->value : target.address.text();
}

HealthExchange::Call call_of(const ProbeTarget& target, const GrpcCheck& check) {
  const bool named = check.tls && check.tls->server_name;
  return {check.tls ? "https" : "http",
          named ? check.tls->server_name->value : endpoint_text(target.address, target.port), check.service.value};
}

class GrpcAttempt final : public Attempt {
 public:
  GrpcAttempt(Host& host, const ProbeTarget& target, const GrpcCheck& check)
      : Attempt(host, target), check_(check), exchange_(call_of(target, check)) {}

  void begin() override { go_on(stream_.connect(target())); }
  void ready(std::uint32_t /*events*/) override { go_on(step()); }

  [[nodiscard]] std::string_view awaited() const override {
    switch (phase_) {
      case Phase::connect:
        return "connection";
      case Phase::handshake:
        return "TLS handshake";
      case Phase::call:
        break;
    }
    return "answer";
  }

 private:
  enum class Phase : std::uint8_t { connect, handshake, call };

  /// What was waited for may go on.
  Progress step() {
    switch (phase_) {
      case Phase::connect:
        return stream_.connected();
      case Phase::handshake:
        return stream_.handshake();
      case Phase::call:
        break;
    }
    return exchange();
  }

  /// Until it has to wait or has ended.
  void go_on(Progress progress) {
    for (;;) {
      if (const auto& verdict = exchange_.verdict())
        return finish({verdict->passed, verdict->text, std::nullopt, false});
      switch (progress.state) {
        case Progress::State::wait:
          return wait(stream_.descriptor(), progress.events);
        case Progress::State::closed:
          progress.text = "connection closed";
          [[fallthrough]];
        case Progress::State::failed:
          if (phase_ != Phase::call || progress.own_fault) {
            return finish({false, std::move(progress.text), std::nullopt, progress.own_fault});
          }
          exchange_.ended(progress.text);
          continue;
        case Progress::State::done:
          break;
      }
      progress = next();
    }
  }

  /// The phase's step is done: what follows from it.
  Progress next() {
    if (phase_ == Phase::connect && check_.tls) {
      phase_ = Phase::handshake;
      Progress begun = stream_.begin_tls(host().tls(), *check_.tls, server_name(target(), check_), alpn_h2);
      return begun.done() ? stream_.handshake() : begun;
    }
    if (phase_ == Phase::handshake && stream_.alpn() != "h2") {
      return {Progress::State::failed, 0, 0, "the server does not offer HTTP/2 (no ALPN h2)", false};
    }
    phase_ = Phase::call;
    return exchange();
  }

  Progress exchange() {
    if (!exchange_.unsent().empty()) {
      Progress written = stream_.write(exchange_.unsent());
      if (written.done()) exchange_.sent(written.bytes);
      return written;
    }
    std::array<char, read_at_once> buffer;
    Progress read = stream_.read(buffer.data(), buffer.size());
    if (read.done()) exchange_.feed({buffer.data(), read.bytes});
    return read;
  }

  const GrpcCheck& check_;
  HealthExchange exchange_;
  Stream stream_;
  Phase phase_ = Phase::connect;
};

}  // namespace

std::unique_ptr<Attempt> make_grpc(Host& host, const ProbeTarget& target, const GrpcCheck& check) {
  return std::make_unique<GrpcAttempt>(host, target, check);
}

}  // namespace ballast::probes
