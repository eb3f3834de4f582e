// The socket file of the running controller: made safely, given to the right people, and never taken from a process
// that still answers on it.
#pragma once

#include <string>

#include "drivers/descriptor.hpp"
#include "model/result.hpp"

namespace ballast::http {

/// Where the controller with this state directory listens.
std::string socket_path_in(const std::string& state_dir);

class UnixListener {
 public:
  /// Listens on `path` and makes its directory where it lacks. Members of `group` may connect (mode 0660); where there
  /// is no such group, root only (0600). A socket file that nobody answers on is replaced.
  /// Errors: another process listens (EADDRINUSE), the path is something else (EEXIST) or too long (ENAMETOOLONG).
  static Result<UnixListener> open(const std::string& path, const std::string& group);

  /// Removes the socket file.
  ~UnixListener();
  UnixListener(UnixListener&&) noexcept = default;
  UnixListener& operator=(UnixListener&&) = delete;

  [[nodiscard]] int descriptor() const { return socket_.get(); }

 private:
  UnixListener(std::string path, Descriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  std::string path_;
  Descriptor lock_;  // beside the socket, for as long as we listen: a socket file can be deleted by hand
  Descriptor socket_;
};

}  // namespace ballast::http
