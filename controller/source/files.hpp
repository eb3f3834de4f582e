// Manifest files from the command line: a file, a directory (recursively, *.yaml and *.yml, in name order), or "-".
#pragma once

#include <string>
#include <vector>

#include "model/manifest.hpp"

namespace ballast {

struct SourceFiles {
  std::vector<SourceText> texts;
  Diagnostics problems;     ///< what could not be read, with the path as its origin
  bool unreadable = false;  ///< one of them is that the system did not let it be read, or has no such file
};

/// Reads all of `paths`. Names that begin with a dot are passed over within directories (.git; the "..data" links of a
/// mounted ConfigMap, whose files are seen through their visible names). A directory without manifests is a problem.
SourceFiles read_files(const std::vector<std::string>& paths);

}  // namespace ballast
