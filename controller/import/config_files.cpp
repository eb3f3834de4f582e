#include "controller/import/config_files.hpp"

#include <cerrno>

namespace ballast::keepalived {

std::vector<std::string> MemoryFiles::match(const std::string& pattern) {
  std::vector<std::string> found;
  const bool any = pattern.ends_with('*');
  const std::string start = any ? pattern.substr(0, pattern.size() - 1) : pattern;
  for (const auto& [name, text] : files_) {
    if (any ? name.starts_with(start) : name == start) found.push_back(name);
  }
  return found;
}

Result<std::string> MemoryFiles::read(const std::string& path) {
  const auto found = files_.find(path);
  if (found == files_.end()) return Error{"no such file", ENOENT};
  return found->second;
}

}  // namespace ballast::keepalived
