// Looks at this node for `ballast doctor`, and changes nothing. What cannot be looked at is said in the facts.
#pragma once

#include <chrono>
#include <optional>

#include "controller/doctor/facts.hpp"
#include "controller/doctor/part.hpp"
#include "model/result.hpp"

namespace ballast::doctor {

/// What needs no manifest. An error: devices and addresses could not be read, without which nothing can be said.
Result<Facts> look_at_node(Kernel& kernel);
/// What depends on the node's part: IPVS and the ways to its members.
void look_at_part(Kernel& kernel, const Part& part, Facts& facts);
/// Listens for so long to advertisements, and asks who has the VIPs; at once where nothing is to be heard.
void look_at_wire(const Part& part, std::chrono::milliseconds wait, Facts& facts);
/// How long that is where nobody says it: some of the longest interval of the node's groups.
std::chrono::milliseconds usual_wait(const Part& part);
/// Needed where the node is a router of a group.
void look_at_firewall(const Part& part, Facts& facts);

// Parts of look_at_node.
void look_at_files(Facts& facts);
void look_at_modules(Facts& facts);

}  // namespace ballast::doctor
