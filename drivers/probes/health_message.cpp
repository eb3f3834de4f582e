#include "drivers/probes/health_message.hpp"

#include <array>
#include <optional>

#include <fmt/format.h>

namespace ballast::probes {
namespace {

constexpr std::size_t frame_header = 5;  // compressed or not, and 32 bits of length
constexpr std::uint64_t service_field = 1 << 3 | 2;
constexpr std::uint64_t status_field = 1 << 3 | 0;
constexpr int varint_bits = 64;

enum class WireType : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

void put_varint(std::vector<std::uint8_t>& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<std::uint8_t>(value | 0x80));
  out.push_back(static_cast<std::uint8_t>(value));
}

std::optional<std::uint64_t> take_varint(std::span<const std::uint8_t>& bytes) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < varint_bits && !bytes.empty(); shift += 7) {
    const std::uint8_t byte = bytes[0];
    bytes = bytes.subspan(1);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  return std::nullopt;
}

bool skip(std::span<const std::uint8_t>& bytes, std::uint64_t count) {
  if (count > bytes.size()) return false;
  bytes = bytes.subspan(count);
  return true;
}

bool skip_field(std::span<const std::uint8_t>& bytes, WireType type) {
  switch (type) {
    case WireType::varint:
      return take_varint(bytes).has_value();
    case WireType::fixed64:
      return skip(bytes, 8);
    case WireType::fixed32:
      return skip(bytes, 4);
    case WireType::bytes: {
      const auto length = take_varint(bytes);
      return length.has_value() && skip(bytes, *length);
    }
  }
  return false;  // groups, which proto3 does not have
}

std::optional<ServingStatus> status_in(std::span<const std::uint8_t> message) {
  auto status = ServingStatus::unknown;  // what is left out is 0
  while (!message.empty()) {
    const auto key = take_varint(message);
    if (!key || *key >> 3 == 0) return std::nullopt;
    if (*key == status_field) {
      const auto value = take_varint(message);
      if (!value) return std::nullopt;
      status = static_cast<ServingStatus>(static_cast<std::uint32_t>(*value));
    } else if (!skip_field(message, static_cast<WireType>(*key & 7))) {
      return std::nullopt;
    }
  }
  return status;
}

}  // namespace

std::vector<std::uint8_t> make_health_request(std::string_view service) {
  std::vector<std::uint8_t> frame(frame_header);
  if (!service.empty()) {
    put_varint(frame, service_field);
    put_varint(frame, service.size());
    frame.insert(frame.end(), service.begin(), service.end());
  }
  const std::size_t length = frame.size() - frame_header;
  for (std::size_t byte = 0; byte < 4; ++byte) frame[4 - byte] = static_cast<std::uint8_t>(length >> (8 * byte));
  return frame;
}

std::string serving_status_text(ServingStatus status) {
  constexpr std::array<const char*, 4> names = {"UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"};
  const auto number = static_cast<std::uint32_t>(status);
  return number < names.size() ? names[number] : fmt::format("status {}", number);
}

Result<ServingStatus> read_health_response(std::span<const std::uint8_t> body) {
  if (body.empty()) return Error("the answer has no message", 0);
  if (body.size() > health_response_limit) return Error("the answer is too large for a health response", 0);
  if (body.size() < frame_header) return Error("the answer is cut short", 0);
  if (body[0] != 0) return Error("the answer is compressed, which was not offered", 0);
  std::size_t length = 0;
  for (std::size_t byte = 1; byte < frame_header; ++byte) length = length << 8 | body[byte];
  if (length != body.size() - frame_header) return Error("the answer is not one whole message", 0);
  const auto status = status_in(body.subspan(frame_header));
  if (!status) return Error("the answer is no HealthCheckResponse", 0);
  return *status;
}

}  // namespace ballast::probes
