// What a roll-back returns to: the kernel as it was seen before a change, as far as Ballast answers for it.
// A roll-back is then make_plan(that, observed now), like any other change. Pure.
#pragma once

#include "reconcilers/plan.hpp"

namespace ballast {

/// Of `before`, everything that `taken` answers for; `taken` is the record once the change was decided on, so that what
/// it took over from others is there too. Leases are VRRP's.
State state_before(const Observation& before, const Ownership& taken);

/// Of `before`, what others had made and the change took over: services, daemons and addresses that `taken` has and
/// `owned`, the record from before it, had not. What is no object of its own (sysctls) is given back anyway.
State taken_over(const Observation& before, const Ownership& owned, const Ownership& taken);

/// `owned` without the objects of `state`: they are others' again.
Ownership disown(Ownership owned, const State& state);

/// `wanted` with the objects of `more` that it lacks.
State with(State wanted, const State& more);

/// A State as JSON, in the words that every message uses; and the reverse.
std::string state_text(const State& state);
Result<State> parse_state(std::string_view text);

}  // namespace ballast
