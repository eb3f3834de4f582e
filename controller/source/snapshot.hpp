// A manifest as it was read at one moment, and what it is called: the newest good one is in force.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "model/manifest.hpp"

namespace ballast {

struct Revision {
  std::string id;  ///< of files: a digest of their names and contents, 12 hex digits
  std::chrono::sys_time<std::chrono::milliseconds> read_at{};
};

struct Snapshot {
  Manifest manifest;  ///< valid where there are no diagnostics
  Revision revision;
  Diagnostics diagnostics;
};

/// Reads and validates files and directories as they are now.
std::shared_ptr<Snapshot> read_snapshot(const std::vector<std::string>& paths);

}  // namespace ballast
