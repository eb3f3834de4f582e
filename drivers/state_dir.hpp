// The directory where Ballast writes down what it owns (default /run/ballast: it lives as long as the kernel's tables).
// Files are replaced atomically; a lock keeps two processes from changing the kernel at the same time.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "model/result.hpp"

namespace ballast {

/// A held lock; given back with the object, and by the kernel if the process dies.
class Lock {
 public:
  explicit Lock(int descriptor) : descriptor_(descriptor) {}
  ~Lock();
  Lock(Lock&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
  Lock& operator=(Lock&&) = delete;

 private:
  int descriptor_;
};

class StateDir {
 public:
  explicit StateDir(std::string path) : path_(std::move(path)) {}

  /// Makes the directory (0755) and locks it. Where another process holds the lock, calls `waiting` with its pid once
  /// and waits up to `timeout`; then ETIMEDOUT.
  Result<Lock> lock(std::chrono::milliseconds timeout, const std::function<void(long pid)>& waiting);

  /// The file's text; nullopt where there is no such file.
  Result<std::optional<std::string>> load(const std::string& name) const;

  /// Replaces the file: a reader sees the old text or the new one, also after a crash.
  Result<void> save(const std::string& name, const std::string& text) const;

  [[nodiscard]] std::string path_of(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// Replaces a file, durably: whoever reads it sees the old text or the new one, also after a crash of the machine.
Result<void> replace_file(const std::string& path, const std::string& text, unsigned mode);

/// Reads a whole file, `limit` bytes at most: one byte more is EFBIG.
Result<std::string> read_file(const std::string& path, std::size_t limit);

}  // namespace ballast
