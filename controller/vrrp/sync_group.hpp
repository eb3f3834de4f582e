// Sync groups: several virtual routers of one node that are MASTER all together or not at all.
// Level-triggered: looks at every member and says what is to be told to whom; nothing is remembered between calls.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "controller/vrrp/machine.hpp"

namespace ballast::vrrp {

struct GroupOrder {
  std::size_t member = 0;
  Event event;
};

/// To be called after every step of a member, until it returns nothing; carry out the whole list before the next call.
///  - a member that is not able pulls the others into FAULT, and lets them go when it is able again;
///  - all members take over together, and only when each would alone: a group never holds some of its routers while the
///    other node holds the rest;
///  - when one steps back, all do.
std::vector<GroupOrder> synchronise(std::span<const Member> members);

}  // namespace ballast::vrrp
