// A folder for the files of one test, gone with it.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

namespace ballast::testing {

class Folder {
 public:
  explicit Folder(const std::string& name)
      : own_(std::filesystem::temp_directory_path() / ("ballast-" + name + "-" + std::to_string(::getpid()))),
        path_(own_ / "files") {
    std::filesystem::remove_all(own_);
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(own_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] std::string path(const std::string& name) const { return (path_ / name).string(); }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name) << text;
  }

 private:
  std::filesystem::path own_;  // so that what others do in the temporary directory is not seen in the folder's parent
  std::filesystem::path path_;
};

}  // namespace ballast::testing
