#include <glob.h>
#include <sys/stat.h>

#include "controller/import/config_files.hpp"
#include "drivers/state_dir.hpp"

namespace ballast::keepalived {

Result<std::string> DiskFiles::read(const std::string& path) {
  auto text = read_file(path == "-" ? "/proc/self/fd/0" : path, largest_configuration);
  if (!text) return Error{errno_text(text.error().errnum), text.error().errnum};
  return text;
}

std::vector<std::string> DiskFiles::match(const std::string& pattern) {
  std::vector<std::string> found;
  glob_t paths{};
  if (::glob(pattern.c_str(), GLOB_MARK | GLOB_BRACE, nullptr, &paths) == 0) {
    for (std::size_t i = 0; i < paths.gl_pathc; ++i) {
      const std::string path = paths.gl_pathv[i];
      if (!path.ends_with('/')) found.push_back(path);
    }
  }
  ::globfree(&paths);
  return found;
}

bool DiskFiles::is_passed_over(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return false;
  return !S_ISREG(status.st_mode) || (status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
}

}  // namespace ballast::keepalived
