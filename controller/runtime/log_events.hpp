// What a running node says in the log of what happens to it. Threads: the loop's only.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "controller/health/table.hpp"

namespace ballast {

void log_event(const health::Event& event);

/// An operator has said what becomes of the member.
void log_member(const PoolMember& member, std::string_view state);

void log_in_force(const std::string& revision, std::size_t routers);

/// The first manifest that is in force since the start.
void log_first(const std::string& node, const std::string& revision, std::size_t routers, bool maintenance,
               bool suspended);

}  // namespace ballast
