// The brake on a new manifest: one that takes away much of what serves is held until somebody approves it.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/manifest.hpp"
#include "model/state.hpp"

namespace ballast {

/// How much may go at once: of all services, and of one service's members.
struct RemovalLimit {
  std::size_t at_least = 3;          ///< so many may always go, less one
  std::optional<std::size_t> count;  ///< more than that is too much; absent: more than half
};

/// The same of what two manifests want of `node`, were it MASTER of all its routers and every member healthy.
std::string too_much_removed(const Manifest& before, const Manifest& after, std::string_view node,
                             const RemovalLimit& limit);

/// What of `before` the new state lacks and is too much: "4 of 5 services go: tcp 192.0.2.1:80, ..."; empty: it may go.
std::string too_much_removed(const State& before, const State& after, const RemovalLimit& limit);

}  // namespace ballast
