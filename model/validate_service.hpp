// What the two halves of the VirtualService's validation share.
#pragma once

#include <optional>

#include "model/validate_rules.hpp"

namespace ballast {

/// TCP where the manifest does not say.
Protocol protocol_of(const VirtualService& service);
/// nullopt where neither address nor fwmark was read.
std::optional<Family> family_of(const VirtualService& service);
/// nullopt where the manifest does not give all of it.
std::optional<ServiceKey> key_of(const VirtualService& service);

/// What sourceNat and synProxy take of the service and, where the pool is known, of the pool's members.
void check_packet_rules(Validation& validation, const VirtualService& service, const PoolDigest* digest);
/// Whether the pool's checks know what to ask for this service.
void check_service_health(Validation& validation, const VirtualService& service, const PoolDigest& digest);
/// Whether the pool's members and the sorry server can serve this service.
void check_service_pool(Validation& validation, const VirtualService& service);

}  // namespace ballast
