// What checks are called and how long they may take; equality without the places where they were written.
#include "model/checks.hpp"

#include <tuple>

namespace ballast {

bool operator==(const Program& a, const Program& b) {
  return a.command == b.command && a.shell == b.shell && a.user == b.user;
}

bool operator==(const MemberScriptCheck& a, const MemberScriptCheck& b) {
  return static_cast<const Program&>(a) == static_cast<const Program&>(b) && a.timeout == b.timeout &&
         a.dynamic_weight == b.dynamic_weight;
}

bool operator==(const Check& a, const Check& b) {
  const auto fields = [](const Check& check) {
    return std::tie(check.interval, check.retries, check.retry_delay, check.rise, check.fall, check.warmup,
                    check.source, check.address, check.port, check.mark, check.via, check.kind);
  };
  return fields(a) == fields(b);
}

namespace {

struct WordOf {
  std::string_view operator()(const TcpCheck&) const { return "tcp"; }
  std::string_view operator()(const HttpCheck& check) const { return check.tls ? "https" : "http"; }
  std::string_view operator()(const MemberScriptCheck&) const { return "script"; }
  std::string_view operator()(const DnsCheck&) const { return "dns"; }
  std::string_view operator()(const SmtpCheck&) const { return "smtp"; }
  std::string_view operator()(const UdpCheck&) const { return "udp"; }
  std::string_view operator()(const PingCheck&) const { return "ping"; }
  std::string_view operator()(const GrpcCheck&) const { return "grpc"; }
};

}  // namespace

std::string_view word_of(const CheckKind& kind) {
  return std::visit(WordOf{}, kind);
}

std::chrono::milliseconds timeout_of(const CheckKind& kind) {
  return std::visit([](const auto& check) { return check.timeout.value; }, kind);
}

bool needs_port(const CheckKind& kind) {
  return !std::holds_alternative<PingCheck>(kind) && !std::holds_alternative<MemberScriptCheck>(kind);
}

}  // namespace ballast
