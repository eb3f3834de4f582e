// A manifest as it was read at one moment, and what it is called: the newest good one is in force.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/source/files.hpp"
#include "model/manifest.hpp"

namespace ballast {

struct Revision {
  /// 12 hex digits. Of files: a digest of their names and contents. Of git: how the commit's id begins.
  std::string id;
  std::chrono::sys_time<std::chrono::milliseconds> read_at{};
  std::string commit{};  ///< git: its whole id
  std::string author{};  ///< git: "Jane Doe <jane@example.net>"
  std::string subject{};
  std::optional<std::chrono::sys_seconds> committed_at{};
};

struct Snapshot {
  Manifest manifest;  ///< valid where there are no diagnostics
  Revision revision;
  Diagnostics diagnostics;
};

/// What files that were read now are called.
Revision revision_of(const SourceFiles& files);

/// Validates what was read.
std::shared_ptr<Snapshot> make_snapshot(const SourceFiles& files, Revision revision);

/// What is wrong with it, one line for each mistake; of a commit as `git show` takes it: "<revision>:<path>:41:7: ...".
std::string diagnostics_text(const Snapshot& snapshot);

}  // namespace ballast
