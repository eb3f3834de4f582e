// Who may have the controller's socket, and what the commands say where nobody answers on it.
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "controller/http/client.hpp"
#include "controller/http/unix_listener.hpp"
#include "drivers/descriptor.hpp"

using namespace ballast;
using namespace std::chrono_literals;
using http::UnixListener;

namespace {

constexpr const char* no_group = "no-such-group-here";

struct Directory {
  Directory() { REQUIRE(::mkdtemp(path.data()) != nullptr); }
  ~Directory() { std::filesystem::remove_all(path); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  std::string path = "/tmp/ballast-socket-XXXXXX";
};

std::string socket_in(const Directory& directory) {
  return http::socket_path_in(directory.path);
}

/// A socket file as a process leaves it that was killed, or, while the result lives, of one that listens.
Descriptor bound_socket(const std::string& path) {
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return socket;
}

std::string error_of(const Result<UnixListener>& listener) {
  return listener ? "no error" : listener.error().text;
}

struct stat status_of(const std::string& path) {
  struct stat status = {};
  CHECK(::stat(path.c_str(), &status) == 0);
  return status;
}

std::string request_error(const std::string& path, std::chrono::milliseconds timeout = 20s) {
  const auto response = http::request(path, "GET", "/v1/status", "", timeout);
  return response ? "no error" : response.error().text;
}

}  // namespace

TEST_CASE("socket: made with its directory, for root only where the group is missing, and removed at the end") {
  const Directory directory;
  const std::string path = directory.path + "/run/ballast/ballast.sock";
  {
    const auto listener = UnixListener::open(path, no_group);
    REQUIRE_MESSAGE(listener.has_value(), error_of(listener));
    CHECK((status_of(path).st_mode & 07777) == 0600);
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("socket: the group may connect, others may not") {
  const struct group* group = ::geteuid() == 0 ? ::getgrnam("nogroup") : ::getgrgid(::getegid());
  REQUIRE(group != nullptr);
  const gid_t id = group->gr_gid;
  const Directory directory;
  const auto listener = UnixListener::open(socket_in(directory), group->gr_name);
  REQUIRE_MESSAGE(listener.has_value(), error_of(listener));
  CHECK((status_of(socket_in(directory)).st_mode & 07777) == 0660);
  CHECK(status_of(socket_in(directory)).st_gid == id);
}

TEST_CASE("socket: the file of a killed controller is replaced") {
  const Directory directory;
  bound_socket(socket_in(directory)).reset();
  REQUIRE(std::filesystem::exists(socket_in(directory)));
  const auto listener = UnixListener::open(socket_in(directory), no_group);
  CHECK_MESSAGE(listener.has_value(), error_of(listener));
}

TEST_CASE("socket: one on which another process listens is left alone") {
  const Directory directory;
  const Descriptor other = bound_socket(socket_in(directory));
  REQUIRE(::listen(other.get(), 1) == 0);
  const auto before = status_of(socket_in(directory)).st_ino;
  const auto listener = UnixListener::open(socket_in(directory), no_group);
  CHECK(error_of(listener) == fmt::format("another controller runs here: it listens on {}", socket_in(directory)));
  CHECK(status_of(socket_in(directory)).st_ino == before);
}

TEST_CASE("socket: a second controller is refused by name, also when the socket file was deleted by hand") {
  const Directory directory;
  const auto first = UnixListener::open(socket_in(directory), no_group);
  REQUIRE(first.has_value());
  const std::string refused =
      fmt::format("another controller runs here (pid {}): it listens on {}", ::getpid(), socket_in(directory));
  CHECK(error_of(UnixListener::open(socket_in(directory), no_group)) == refused);
  CHECK(std::filesystem::exists(socket_in(directory)));
  std::filesystem::remove(socket_in(directory));
  CHECK(error_of(UnixListener::open(socket_in(directory), no_group)) == refused);
}

TEST_CASE("socket: what is no socket is never removed") {
  const Directory directory;
  std::ofstream(socket_in(directory)) << "precious";
  CHECK(error_of(UnixListener::open(socket_in(directory), no_group)) ==
        fmt::format("{} exists and is no socket; remove it or choose another --state-dir", socket_in(directory)));
  CHECK(std::filesystem::file_size(socket_in(directory)) == 8);
}

TEST_CASE("socket: a path that the kernel cannot take says how long it may be") {
  const std::string path = "/tmp/" + std::string(120, 'd') + "/ballast.sock";
  CHECK(error_of(UnixListener::open(path, no_group)) ==
        path + ": a socket's path may have 107 bytes and this one has 138; choose a shorter --state-dir");
}

TEST_CASE("client: where nobody answers, the text says why and what to do") {
  const Directory directory;
  const std::string path = socket_in(directory);
  CHECK(request_error(path) ==
        fmt::format("no controller runs here ({}: no such file or directory (ENOENT)); start it with `ballast run`",
                    path));
  bound_socket(path).reset();
  CHECK(request_error(path) ==
        fmt::format("no controller runs here ({}: connection refused (ECONNREFUSED)); start it with `ballast run`",
                    path));
  CHECK(request_error("/tmp/" + std::string(120, 'd')).ends_with("file name too long (ENAMETOOLONG))"));
}

TEST_CASE("client: a controller that hangs is not waited for") {
  const Directory directory;
  const std::string path = socket_in(directory);
  const Descriptor silent = bound_socket(path);
  REQUIRE(::listen(silent.get(), 1) == 0);
  CHECK(request_error(path, 50ms) ==
        fmt::format("the controller did not answer within 50 ms ({}); it is stopped or overloaded", path));
}

TEST_CASE("client: a controller that is behind with accepting is waited for, as long as time lasts") {
  const Directory directory;
  const std::string path = socket_in(directory);
  const Descriptor behind = bound_socket(path);
  REQUIRE(::listen(behind.get(), 0) == 0);
  // One waits in the kernel's queue, the others find it full.
  std::vector<std::future<std::string>> waiting;
  for (int i = 0; i < 3; ++i)
    waiting.push_back(std::async(std::launch::async, [&] { return request_error(path, 50ms); }));
  for (auto& text : waiting) {
    CHECK(text.get() ==
          fmt::format("the controller did not answer within 50 ms ({}); it is stopped or overloaded", path));
  }
}

TEST_CASE("client: without permission it says who may") {
  if (::geteuid() != 0) return;  // only root can become somebody else
  const Directory directory;
  REQUIRE(::chmod(directory.path.c_str(), 0755) == 0);
  const auto listener = UnixListener::open(socket_in(directory), no_group);
  REQUIRE(listener.has_value());
  REQUIRE(::seteuid(65534) == 0);
  const std::string text = request_error(socket_in(directory));
  REQUIRE(::seteuid(0) == 0);
  CHECK(text == fmt::format("not allowed to speak to the controller ({}: permission denied (EACCES)); be root or a "
                            "member of the group ballast",
                            socket_in(directory)));
}
