// Where configuration files come from: the disk, or a test's memory.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/result.hpp"

namespace ballast::keepalived {

/// The most bytes that all files of one import may have together.
inline constexpr std::size_t largest_configuration = std::size_t{16} << 20;

class ConfigFiles {
 public:
  ConfigFiles() = default;
  ConfigFiles(const ConfigFiles&) = delete;
  ConfigFiles& operator=(const ConfigFiles&) = delete;
  virtual ~ConfigFiles() = default;

  virtual Result<std::string> read(const std::string& path) = 0;
  /// Files that a pattern with *, ?, [] and {,} matches, in name order.
  virtual std::vector<std::string> match(const std::string& pattern) = 0;
  /// Whether keepalived would pass over an included file, as it is executable or not a regular one.
  virtual bool is_passed_over(const std::string& path) = 0;
};

class DiskFiles final : public ConfigFiles {
 public:
  Result<std::string> read(const std::string& path) override;
  std::vector<std::string> match(const std::string& pattern) override;
  bool is_passed_over(const std::string& path) override;
};

/// Files by name; patterns know '*' at the end only.
class MemoryFiles final : public ConfigFiles {
 public:
  explicit MemoryFiles(std::map<std::string, std::string> files) : files_(std::move(files)) {}
  Result<std::string> read(const std::string& path) override;
  std::vector<std::string> match(const std::string& pattern) override;
  bool is_passed_over(const std::string&) override { return false; }

 private:
  std::map<std::string, std::string> files_;
};

}  // namespace ballast::keepalived
