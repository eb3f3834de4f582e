// From the command line to the wanted State of this node: what diff and apply have in common.
#pragma once

#include <string>
#include <vector>

#include "controller/source/files.hpp"
#include "drivers/kernel.hpp"
#include "model/manifest.hpp"
#include "model/render.hpp"
#include "model/state.hpp"

namespace ballast {

/// What the commands about one node take from the command line.
struct NodeOptions {
  std::vector<std::string> paths;
  std::string node;  ///< empty: the host's name
  std::string state_dir = "/run/ballast";
  std::vector<std::string> as_master;  ///< VirtualRouters whose VIPs are held as if this node were MASTER
  bool absent = false;                 ///< the manifest may leave this node out: then nothing is wanted here
  bool may_be_absent = true;           ///< the command has an option for that
  bool json = false;
};

/// Reads and validates all of `paths`; the diagnostics include what could not be read.
ReadOutcome load_manifest(const std::vector<std::string>& paths);
/// The same of what was read.
ReadOutcome load_manifest(const SourceFiles& files);

/// The name that this machine goes by in the manifest: what was asked for, else the host's name, whole or up to its
/// first dot.
Result<std::string> find_node(const Manifest& manifest, const NodeOptions& options);

struct NodeState {
  std::string node;
  State wanted;
  DrainRules drains;               ///< how members leave
  std::vector<std::string> notes;  ///< what an operator may miss in the state, and why it is not there
};

/// The state that this node shall have. Errors say what is wrong with the node's name or the routers' names.
Result<NodeState> make_node_state(const Manifest& manifest, const NodeOptions& options, Kernel& kernel);

/// The host's name as the kernel has it.
std::string host_name();

}  // namespace ballast
