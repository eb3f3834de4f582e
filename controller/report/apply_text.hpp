// What apply and diff say, to people and to machines: the same words whether the command did it or the controller.
#pragma once

#include <string>
#include <vector>

#include "controller/converge.hpp"
#include "controller/node.hpp"
#include "controller/report/terminal.hpp"

namespace ballast {

/// What somebody else had made and is wanted now, so that it becomes Ballast's: "service tcp 192.0.2.1:80". `owned`:
/// what was Ballast's before.
std::vector<std::string> adopted(const State& wanted, const Observation& before, const Ownership& owned);

/// What was done: the plan and its cost, or that there was nothing to do. `owned`: what was Ballast's before.
std::string apply_text(const NodeState& node, const Convergence& result, const Ownership& owned,
                       const Palette& palette);
std::string apply_json(const NodeState& node, const Convergence& result, const Ownership& owned);
/// What keeps the kernel from being as wanted; empty where it is.
std::vector<std::string> troubles(const Convergence& result);

/// What apply would do.
std::string diff_text(const NodeState& node, const Prospect& prospect, const Palette& palette);
std::string diff_json(const NodeState& node, const Prospect& prospect);

/// A JSON string literal.
std::string json_string(std::string_view text);

}  // namespace ballast
