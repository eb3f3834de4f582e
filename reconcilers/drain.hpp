// Members that leave keep their connections: a destination that is no longer wanted stays at weight 0 until its
// connections have ended or its time is over; one that returns meanwhile is revived.
// Pure: the wanted State is changed before a plan is made from it, so that diff shows what apply does.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>

#include "model/render.hpp"
#include "reconcilers/plan.hpp"

namespace ballast {

/// Of the boot clock, which goes on during suspend and is the same for all processes until the next boot.
using BootTime = std::chrono::nanoseconds;

/// All destinations that are being drained, and until when.
using Drains = std::map<DestinationKey, BootTime>;

/// Keeps in `wanted` what is to be drained, and takes out of it what an operator drains (`state: drain`) and has no
/// connections left. `rules` are drain_rules() of the manifest behind `wanted`. Returns the drains that go on; what is
/// no longer observed, was never ours or is wanted again has none. Services without a rule, and services that are not
/// wanted at all, are left alone.
Drains apply_drains(State& wanted, const DrainRules& rules, const Observation& observed, const Ownership& owned,
                    const Drains& drains, BootTime now);

/// The first deadline; nullopt: nothing is drained. (Connections that end are seen only by looking.)
std::optional<BootTime> next_deadline(const Drains& drains);

/// As JSON, for a successor: seconds left, and when that was.
std::string drains_text(const Drains& drains, BootTime now);
/// A text of another boot (from the future) gives every drain its seconds left from `now` on.
Result<Drains> parse_drains(std::string_view text, BootTime now);

}  // namespace ballast
