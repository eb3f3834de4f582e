// flock(2) decides who listens; the socket file only tells where.
#include "controller/http/unix_listener.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace ballast::http {
namespace {

constexpr int backlog = 64;
constexpr mode_t for_group = 0660;
constexpr mode_t for_owner = 0600;

Error failed(std::string_view what, const std::string& path, int errnum) {
  return {fmt::format("{} {}: {}", what, path, errno_text(errnum)), errnum};
}

Error in_use(const std::string& path, std::string_view who) {
  return {fmt::format("another controller runs here{}: it listens on {}", who, path), EADDRINUSE};
}

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return Error{fmt::format("{}: a socket's path may have {} bytes and this one has {}; choose a shorter --state-dir",
                             path, sizeof address.sun_path - 1, path.size()),
                 ENAMETOOLONG};
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

Result<Descriptor> take_lock(const std::string& socket_path) {
  const std::string path = socket_path + ".lock";
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, for_owner));
  if (!file.valid()) return failed("cannot open", path, errno);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return failed("cannot lock", path, errno);
    char pid[32] = {};
    const ssize_t count = ::pread(file.get(), pid, sizeof pid - 1, 0);
    return in_use(socket_path, count > 0 ? fmt::format(" (pid {})", pid) : "");
  }
  const std::string pid = std::to_string(::getpid());
  if (::ftruncate(file.get(), 0) != 0 || ::pwrite(file.get(), pid.data(), pid.size(), 0) < 0) {
    return failed("cannot write", path, errno);
  }
  return file;
}

/// Makes way for a new socket file; an error where somebody else needs the old one.
Result<void> remove_stale(const std::string& path, const sockaddr_un& address) {
  struct stat status = {};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return {};
    return failed("cannot look at", path, errno);
  }
  if (!S_ISSOCK(status.st_mode)) {
    return Error{fmt::format("{} exists and is no socket; remove it or choose another --state-dir", path), EEXIST};
  }
  const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!probe.valid()) return failed("cannot make a socket for", path, errno);
  const int connected = ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (connected == 0 || errno == EAGAIN) return in_use(path, "");
  if (errno != ECONNREFUSED) return failed("cannot see whether a controller listens on", path, errno);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return failed("cannot remove the stale", path, errno);
  return {};
}

std::optional<gid_t> group_id(const std::string& name) {
  char buffer[16384];  // a longer list of members is ERANGE: then root only, the safe side
  struct group entry = {};
  struct group* found = nullptr;
  if (::getgrnam_r(name.c_str(), &entry, buffer, sizeof buffer, &found) != 0 || found == nullptr) return std::nullopt;
  return found->gr_gid;
}

Result<void> give_to_group(const std::string& path, const std::string& group) {
  const auto id = group_id(group);
  if (!id) return {};
  if (::lchown(path.c_str(), static_cast<uid_t>(-1), *id) != 0) {
    return failed(fmt::format("cannot give group {} access to", group), path, errno);
  }
  if (::chmod(path.c_str(), for_group) != 0) return failed("cannot set the mode of", path, errno);
  return {};
}

}  // namespace

std::string socket_path_in(const std::string& state_dir) {
  return state_dir + "/ballast.sock";
}

Result<UnixListener> UnixListener::open(const std::string& path, const std::string& group) {
  const auto address = address_of(path);
  if (!address) return address.error();
  std::error_code error;
  const auto directory = std::filesystem::path(path).parent_path();
  if (!directory.empty()) std::filesystem::create_directories(directory, error);
  if (error) return failed("cannot make the directory of", path, error.value());
  auto lock = take_lock(path);
  if (!lock) return lock.error();
  if (const auto removed = remove_stale(path, *address); !removed) return removed.error();

  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return failed("cannot make a socket for", path, errno);
  // The file takes the mode that the socket has (unix_bind in net/unix/af_unix.c): no moment in which others get in.
  if (::fchmod(socket.get(), for_owner) != 0) return failed("cannot set the mode of", path, errno);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) {
    return failed("cannot make the socket", path, errno);
  }
  UnixListener listener(path, std::move(*lock));
  listener.socket_ = std::move(socket);
  if (const auto given = give_to_group(path, group); !given) return given.error();
  if (::listen(listener.socket_.get(), backlog) != 0) return failed("cannot listen on", path, errno);
  return listener;
}

UnixListener::~UnixListener() {
  if (socket_.valid()) ::unlink(path_.c_str());
}

}  // namespace ballast::http
