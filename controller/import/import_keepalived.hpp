// keepalived's configuration of one or several nodes as one manifest, with everything that there is to say about it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "controller/import/config_files.hpp"
#include "controller/import/remarks.hpp"
#include "model/origin.hpp"

namespace ballast::keepalived {

/// A node's name in the manifest, which is also the id of its @conditions, and its files, read one after another.
struct NodeFiles {
  std::string node;
  std::vector<std::string> paths;
};

struct Imported {
  std::string manifest;  ///< YAML; empty where there are errors
  std::vector<Remark> remarks;
  std::vector<std::string> notes;  ///< what an operator should know though nothing is wrong
  Diagnostics invalid;             ///< why `ballast validate` refuses the manifest; mostly empty

  [[nodiscard]] bool has_errors() const;
  /// Whether anything is other than in keepalived.
  [[nodiscard]] bool is_complete() const;
};

using Environment = std::function<std::optional<std::string>(const std::string&)>;

Imported import_keepalived(const std::vector<NodeFiles>& nodes, ConfigFiles& files, const Environment& environment);

}  // namespace ballast::keepalived
