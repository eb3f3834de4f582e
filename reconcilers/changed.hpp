// What is not the same in two wanted States, and how what was seen of some services becomes part of what is known of
// all: a look may be narrowed to the services that have changed since the look before. Pure. Nothing here remembers
// changes: each time they are found by comparing two whole States.
#pragma once

#include <span>
#include <vector>

#include "model/render.hpp"
#include "reconcilers/plan.hpp"

namespace ballast {

/// The services that are not wanted alike in both, themselves or one of their destinations. Sorted.
std::vector<ServiceKey> changed_services(const State& before, const State& after);

/// The services whose members do not leave alike. Sorted.
std::vector<ServiceKey> changed_services(const DrainRules& before, const DrainRules& after);

/// Both sorted lists as one.
std::vector<ServiceKey> united(const std::vector<ServiceKey>& some, const std::vector<ServiceKey>& others);

/// `part` is what was seen of these services and of everything that is no service: it replaces what `known` has of
/// them.
void merge(Observation& known, Observation part, std::span<const ServiceKey> services);

}  // namespace ballast
