#include "controller/source/files.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>

#include <fmt/format.h>
#include <unistd.h>

#include "drivers/state_dir.hpp"

namespace ballast {
namespace {

namespace fs = std::filesystem;

constexpr int deepest_directory = 16;  // ends loops of symbolic links

class Reader {
 public:
  void read(const std::string& path) {
    if (path == "-") {
      read_text("/dev/stdin", "standard input");
      return;
    }
    std::error_code error;
    const auto status = fs::status(path, error);
    if (status.type() == fs::file_type::directory) {
      read_directory(path, 0);
    } else {
      read_text(path, path);  // also where status failed: opening it says why
    }
  }

  SourceFiles take() { return std::move(files_); }

 private:
  void problem(const std::string& path, const std::string& message) {
    files_.problems.push_back({Origin{}, path + ": " + message});
  }

  void read_text(const std::string& path, const std::string& name) {
    std::error_code error;
    const fs::path same = fs::weakly_canonical(path, error);
    if (!seen_.insert(error ? path : same.string()).second) {
      return problem(name, "given twice, by itself or in a directory; each file is read once");
    }
    auto text = read_file(path, largest_manifest + 1);
    if (text) {
      files_.texts.push_back({name, std::move(*text)});
    } else if (text.error().errnum == EFBIG) {
      problem(name, fmt::format("larger than {} MiB, which is the most that one manifest file may have; split it",
                                largest_manifest >> 20));
    } else {
      files_.unreadable = true;
      problem(name, "cannot read it: " + errno_text(text.error().errnum));
    }
  }

  /// Whether anything below was a manifest.
  bool read_directory(const std::string& path, int depth) {
    std::error_code error;
    std::vector<std::string> names;
    for (auto entry = fs::directory_iterator(path, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
      const std::string name = entry->path().filename();
      if (!name.starts_with('.')) names.push_back(name);
    }
    if (error) {
      files_.unreadable = true;
      problem(path, "cannot read the directory: " + errno_text(error.value()));
      return true;
    }
    std::sort(names.begin(), names.end());
    bool found = false;
    for (const std::string& name : names) found = read_entry(fs::path(path) / name, depth) || found;
    if (!found && depth == 0) problem(path, "the directory has no *.yaml or *.yml file");
    return found;
  }

  bool read_entry(const fs::path& path, int depth) {
    std::error_code error;
    if (fs::is_directory(path, error)) {
      if (depth == deepest_directory) {
        problem(path, fmt::format("more than {} directories deep; is it a loop of links?", deepest_directory));
        return true;
      }
      return read_directory(path, depth + 1);
    }
    if (path.extension() != ".yaml" && path.extension() != ".yml") return false;
    read_text(path, path);
    return true;
  }

  SourceFiles files_;
  std::set<std::string> seen_;
};

}  // namespace

SourceFiles read_files(const std::vector<std::string>& paths) {
  Reader reader;
  for (const std::string& path : paths) reader.read(path);
  return reader.take();
}

}  // namespace ballast
