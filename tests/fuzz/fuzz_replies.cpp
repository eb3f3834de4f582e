// Any bytes as what servers say to health checks: judged within bounds, and the same however they are cut into pieces.
// The first byte chooses who speaks: a name server, a mail server, an echo, a gRPC server; or a mail server that a
// notification goes to.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "drivers/mail_replies.hpp"
#include "drivers/probes/dns_message.hpp"
#include "drivers/probes/health_exchange.hpp"
#include "drivers/probes/health_message.hpp"
#include "drivers/probes/icmp_echo.hpp"
#include "drivers/probes/smtp_dialog.hpp"

namespace {

using namespace ballast;
using namespace ballast::probes;
using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t longest_text = 512;

void require(bool holds) {
  if (!holds) std::abort();
}

void require_text(const std::string& text) {
  require(!text.empty() && text.size() < longest_text);
  require(std::ranges::all_of(text, [](char letter) { return letter >= ' ' && letter <= '~'; }));
}

std::string_view view(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void name_server(Bytes said) {
  const auto query = make_dns_query(0x1234, "www.example.com", DnsType::a);
  const DnsJudgement judgement = judge_dns_reply(*query, said);
  require_text(judgement.text);
  if (judgement.verdict == DnsVerdict::passed) require(said.size() >= query->size() && (said[3] & 0x0f) == 0);
}

/// Lines, of which those that begin with '>' are our own commands.
void mailbox(Bytes said) {
  constexpr std::size_t most_refusals = 100;
  MailReplies replies;
  std::string_view left = view(said);
  while (!left.empty()) {
    const std::string_view line = left.substr(0, std::min(left.find('\n'), left.size() - 1) + 1);
    left.remove_prefix(line.size());
    line.starts_with('>') ? replies.take_command(line.substr(1)) : replies.take_reply(line);
  }
  if (!replies.bad_reply().empty()) require_text(replies.bad_reply());
  require(replies.refusals().size() <= most_refusals);
  require(replies.refusals().empty() || !replies.bad_reply().empty());
}

/// The dialog's whole course, with its end.
std::string dialog_with(std::string_view said, std::size_t portion) {
  SmtpDialog dialog("lb.example");
  std::string course;
  using Kind = SmtpDialog::Step::Kind;
  for (std::size_t at = 0; at < said.size(); at += portion) {
    for (auto step = dialog.feed(said.substr(at, portion)); step.kind != Kind::read; step = dialog.feed({})) {
      if (step.kind != Kind::send) {
        require_text(step.text);
        return course + step.text;
      }
      course += step.text;
      require(course.size() < longest_text);
    }
  }
  return course + dialog.ended("closed").text;
}

void mail_server(Bytes said) {
  const std::string course = dialog_with(view(said), 1);
  for (const std::size_t portion : {7, 512}) require(dialog_with(view(said), portion) == course);
}

void echo(Bytes said) {
  EchoRequest request{Family::ipv4, 0x1234, 1, {}};
  const Bytes message = behind_ipv4_header(said);
  require(message.size() <= said.size());
  if (is_echo_reply(request, message, false)) require(internet_checksum(message) == 0);
  request.family = Family::ipv6;
  is_echo_reply(request, said, true);
}

/// The verdict's text and whether it passed.
std::string call_to(std::string_view said, std::size_t portion) {
  HealthExchange exchange({"http", "192.0.2.1:50051", "shop"});
  for (std::size_t at = 0; at < said.size() && !exchange.verdict(); at += portion) {
    exchange.feed(said.substr(at, portion));
    require(exchange.unsent().size() < 8 * HealthExchange::received_limit);
  }
  exchange.ended("closed");
  require(exchange.verdict().has_value());
  require_text(exchange.verdict()->text);
  require(!exchange.verdict()->passed || exchange.verdict()->text == "SERVING");
  return exchange.verdict()->text;
}

void grpc_server(Bytes said) {
  const bool serves = call_to(view(said), 1) == "SERVING";
  require((call_to(view(said), 64) == "SERVING") == serves);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes said(data + 1, size - 1);
  switch (data[0] % 6) {
    case 0:
      name_server(said);
      break;
    case 1:
      mail_server(said);
      break;
    case 2:
      echo(said);
      break;
    case 3:
      grpc_server(said);
      break;
    case 5:
      mailbox(said);
      break;
    default:
      if (const auto status = read_health_response(said); !status) require_text(status.error().text);
  }
  return 0;
}
