// The two messages of grpc.health.v1.Health/Check as bytes of protobuf, framed as gRPC sends them.
// Two fields are all there is, so they are written and read here; pure and bounded.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/result.hpp"

namespace ballast::probes {

/// Larger than any HealthCheckResponse with fields that later versions may add.
inline constexpr std::size_t health_response_limit = 1024;

/// HealthCheckRequest{service}, behind gRPC's five bytes of framing.
std::vector<std::uint8_t> make_health_request(std::string_view service);

/// ServingStatus; numbers that are not named here may come.
enum class ServingStatus : std::uint32_t { unknown = 0, serving = 1, not_serving = 2, service_unknown = 3 };

/// "SERVING", "NOT_SERVING", "status 7".
std::string serving_status_text(ServingStatus status);

/// The status in a body of exactly one framed HealthCheckResponse; unknown fields are skipped, as protobuf wants.
Result<ServingStatus> read_health_response(std::span<const std::uint8_t> body);

}  // namespace ballast::probes
