// What the commands share: printing, and the way from paths to a node's wanted state.
#pragma once

#include <optional>
#include <string_view>

#include "controller/converge.hpp"
#include "controller/node.hpp"
#include "controller/report/apply_text.hpp"
#include "drivers/real_kernel.hpp"

namespace ballast {

/// "ballast diff: <text>" to stderr.
void print_error(std::string_view command, std::string_view text);
void print_diagnostics(const Diagnostics& diagnostics);

/// Writes to stdout, whole. False where the reader is gone or the disk is full, which is said on stderr.
bool print(std::string_view text);

/// The wanted state of this node, or nullopt after the errors were printed.
std::optional<NodeState> load_node_state(std::string_view command, const NodeOptions& options, Kernel& kernel);

}  // namespace ballast
