#include "drivers/probes/icmp_echo.hpp"

#include <algorithm>

#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>

namespace ballast::probes {
namespace {

constexpr std::size_t echo_header = 8;  // type, code, checksum, id, sequence

void put_16(std::vector<std::uint8_t>& bytes, std::size_t at, std::uint16_t value) {
  bytes[at] = static_cast<std::uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(value);
}

std::uint16_t read_16(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

}  // namespace

std::vector<std::uint8_t> make_echo_request(const EchoRequest& request) {
  const bool ipv4 = request.family == Family::ipv4;
  std::vector<std::uint8_t> message(echo_header + request.cookie.size());
  message[0] = ipv4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
  put_16(message, 4, request.id);
  put_16(message, 6, request.sequence);
  std::ranges::copy(request.cookie, message.begin() + echo_header);
  if (ipv4) put_16(message, 2, internet_checksum(message));
  return message;
}

std::uint16_t internet_checksum(std::span<const std::uint8_t> bytes) {
  std::uint32_t sum = 0;
  for (std::size_t at = 0; at + 1 < bytes.size(); at += 2) {
    sum += read_16(bytes, at);
    sum = (sum & 0xffff) + (sum >> 16);
  }
  if (bytes.size() % 2 != 0) sum += static_cast<std::uint32_t>(bytes.back()) << 8;
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

bool is_echo_reply(const EchoRequest& request, std::span<const std::uint8_t> message, bool any_id) {
  const bool ipv4 = request.family == Family::ipv4;
  if (message.size() != echo_header + request.cookie.size()) return false;
  if (message[0] != (ipv4 ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY) || message[1] != 0) return false;
  if (ipv4 && internet_checksum(message) != 0) return false;
  if (!any_id && read_16(message, 4) != request.id) return false;
  return read_16(message, 6) == request.sequence && std::ranges::equal(message.subspan(echo_header), request.cookie);
}

std::span<const std::uint8_t> behind_ipv4_header(std::span<const std::uint8_t> packet) {
  if (packet.size() < sizeof(iphdr) || packet[0] >> 4 != 4) return {};
  const std::size_t length = (packet[0] & 0x0fU) * 4;
  if (length < sizeof(iphdr) || length > packet.size() || packet[9] != IPPROTO_ICMP) return {};
  return packet.subspan(length);
}

}  // namespace ballast::probes
