#include "drivers/service_manager.hpp"

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace ballast {
namespace {

std::string take_variable(const char* name) {
  const char* value = std::getenv(name);
  std::string text = value == nullptr ? "" : value;
  ::unsetenv(name);
  return text;
}

std::optional<long long> number_in(const std::string& text) {
  long long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number <= 0) return std::nullopt;
  return number;
}

}  // namespace

ServiceManager ServiceManager::from_environment() {
  std::string path = take_variable("NOTIFY_SOCKET");
  const auto microseconds = number_in(take_variable("WATCHDOG_USEC"));
  const std::string pid = take_variable("WATCHDOG_PID");
  const bool meant = pid.empty() || number_in(pid) == ::getpid();
  std::optional<std::chrono::microseconds> watchdog;
  if (microseconds && meant) watchdog = std::chrono::microseconds{*microseconds};
  return {std::move(path), watchdog};
}

ServiceManager::ServiceManager(std::string path, std::optional<std::chrono::microseconds> watchdog)
    : path_(std::move(path)), watchdog_(watchdog) {
  const bool usable =
      path_.size() > 1 && path_.size() < sizeof(sockaddr_un::sun_path) && (path_[0] == '/' || path_[0] == '@');
  if (usable) socket_ = Descriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket_.valid()) watchdog_.reset();
}

bool ServiceManager::tell(std::string_view assignments) const {
  if (!socket_.valid()) return false;
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path_.data(), path_.size());
  if (path_[0] == '@') address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_.size());
  const ssize_t sent = ::sendto(socket_.get(), assignments.data(), assignments.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                                reinterpret_cast<const sockaddr*>(&address), size);
  return sent == static_cast<ssize_t>(assignments.size());
}

}  // namespace ballast
