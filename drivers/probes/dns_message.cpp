#include "drivers/probes/dns_message.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include <arpa/nameser.h>
#include <fmt/format.h>

namespace ballast::probes {
namespace {

constexpr std::size_t header_size = NS_HFIXEDSZ;
constexpr std::size_t question_tail = NS_QFIXEDSZ;  // type and class
constexpr std::uint8_t flag_reply = 0x80;           // of the header's third byte
constexpr std::uint8_t flag_truncated = 0x02;
constexpr std::uint8_t flag_recursion_desired = 0x01;

std::string rcode_text(int code) {
  constexpr std::array<const char*, 11> names = {"NOERROR",  "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED",
                                                 "YXDOMAIN", "YXRRSET", "NXRRSET",  "NOTAUTH",  "NOTZONE"};
  const auto index = static_cast<std::size_t>(code);
  return index < names.size() ? names[index] : fmt::format("rcode {}", code);
}

std::uint16_t read_16(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

std::uint8_t lower(std::uint8_t byte) {
  return byte >= 'A' && byte <= 'Z' ? static_cast<std::uint8_t>(byte + ('a' - 'A')) : byte;
}

/// The question stands first, where there is nothing yet that a compression pointer could mean: it is copied as it was
/// asked, but for the case of letters (RFC 4343). Lengths are below 64, so lower() leaves them alone.
bool echoes_question(std::span<const std::uint8_t> query, std::span<const std::uint8_t> reply) {
  if (reply.size() < query.size() || read_16(reply, 4) != 1) return false;
  const auto asked = query.subspan(header_size);
  const auto echoed = reply.subspan(header_size, asked.size());
  return std::ranges::equal(asked, echoed, {}, lower, lower);
}

/// Whether every record that the header counts is there.
bool is_whole(std::span<const std::uint8_t> reply) {
  if (reply.size() > std::numeric_limits<std::uint16_t>::max()) return false;
  ns_msg message;
  return ::ns_initparse(reply.data(), static_cast<int>(reply.size()), &message) == 0;
}

std::string answers_text(int count) {
  if (count == 0) return "NOERROR without answers";
  return fmt::format("NOERROR with {} {}", count, count == 1 ? "answer" : "answers");
}

}  // namespace

Result<std::vector<std::uint8_t>> make_dns_query(std::uint16_t id, const std::string& name, DnsType type) {
  std::array<std::uint8_t, NS_MAXCDNAME> encoded{};
  const bool empty = name.empty() || name.find('\0') != std::string::npos;
  if (empty || ::ns_name_pton(name.c_str(), encoded.data(), encoded.size()) < 0) {
    return Error(fmt::format("'{}' is not a domain name", name), 0);
  }
  std::size_t length = 1;
  while (encoded[length - 1] != 0) length += encoded[length - 1] + 1U;

  std::vector<std::uint8_t> query(header_size + length + question_tail);
  query[0] = static_cast<std::uint8_t>(id >> 8);
  query[1] = static_cast<std::uint8_t>(id);
  query[2] = flag_recursion_desired;
  query[5] = 1;  // questions
  std::copy_n(encoded.begin(), length, query.begin() + header_size);
  const std::size_t tail = header_size + length;
  const auto type_number = static_cast<std::uint16_t>(type);
  query[tail] = static_cast<std::uint8_t>(type_number >> 8);
  query[tail + 1] = static_cast<std::uint8_t>(type_number);
  query[tail + 3] = ns_c_in;
  return query;
}

DnsJudgement judge_dns_reply(std::span<const std::uint8_t> query, std::span<const std::uint8_t> reply) {
  if (reply.size() < header_size) return {DnsVerdict::not_ours, "too short for a DNS message"};
  if (read_16(reply, 0) != read_16(query, 0)) return {DnsVerdict::not_ours, "answers another query"};
  if ((reply[2] & flag_reply) == 0) return {DnsVerdict::not_ours, "a query, not a reply"};
  // Servers that could not read the question do not repeat it, so this comes first.
  const int code = reply[3] & 0x0f;
  if (code != 0) return {DnsVerdict::failed, rcode_text(code)};
  if (!echoes_question(query, reply)) return {DnsVerdict::failed, "the reply does not repeat the question"};
  if ((reply[2] & flag_truncated) == 0 && !is_whole(reply)) {
    return {DnsVerdict::failed, "the reply is cut short or garbled"};
  }
  return {DnsVerdict::passed, answers_text(read_16(reply, 6))};
}

}  // namespace ballast::probes
