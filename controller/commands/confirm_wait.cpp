#include "controller/commands/confirm_wait.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <string_view>

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "drivers/boot_clock.hpp"

namespace ballast {
namespace {

constexpr const char* socket_name = "/confirm.sock";
constexpr std::string_view question = "confirm\n";
constexpr std::string_view answer = "confirmed\n";
constexpr int patience_ms = 2000;  // with the other side of the socket

/// Of so many bytes as `text` has; anything else than `text` is no.
bool receives(int descriptor, std::string_view text) {
  char bytes[16] = {};
  std::size_t count = 0;
  while (count < text.size()) {
    pollfd waiting{descriptor, POLLIN, 0};
    if (::poll(&waiting, 1, patience_ms) <= 0) return false;
    const ssize_t more = ::recv(descriptor, bytes + count, text.size() - count, 0);
    if (more <= 0) return false;
    count += static_cast<std::size_t>(more);
  }
  return std::string_view(bytes, count) == text;
}

bool sends(int descriptor, std::string_view text) {
  return ::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

int milliseconds_until(BootTime deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - boot_time()).count();
  return static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(left, 0, INT_MAX));
}

}  // namespace

Result<ConfirmWait> ConfirmWait::open(const std::string& state_dir) {
  sigset_t ends;
  sigemptyset(&ends);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&ends, number);
  sigprocmask(SIG_BLOCK, &ends, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // the terminal may be gone; the roll-back is not to end with it
  Descriptor signals(::signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals.valid()) return Error{"cannot wait for signals: " + errno_text(errno), errno};
  auto listener = http::UnixListener::open(state_dir + socket_name, "ballast");
  if (!listener) return listener.error();
  return ConfirmWait(std::move(*listener), std::move(signals));
}

ConfirmVerdict ConfirmWait::wait(BootTime deadline) {
  while (true) {
    pollfd events[] = {{listener_.descriptor(), POLLIN, 0}, {signals_.get(), POLLIN, 0}};
    const int count = ::poll(events, std::size(events), milliseconds_until(deadline));
    if (count < 0 && errno != EINTR) return ConfirmVerdict::interrupted;
    if (count > 0 && (events[1].revents & POLLIN) != 0) return ConfirmVerdict::interrupted;
    if (count > 0 && events[0].revents != 0 && take_confirmation()) return ConfirmVerdict::confirmed;
    if (boot_time() >= deadline) return ConfirmVerdict::expired;
  }
}

bool ConfirmWait::take_confirmation() {
  const Descriptor peer(::accept4(listener_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC));
  return peer.valid() && receives(peer.get(), question) && sends(peer.get(), answer);
}

ConfirmReply send_confirmation(const std::string& state_dir) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string path = state_dir + socket_name;
  if (path.size() >= sizeof address.sun_path) return ConfirmReply::nobody;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.valid() || ::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return ConfirmReply::nobody;
  }
  if (!sends(socket.get(), question) || !receives(socket.get(), answer)) return ConfirmReply::too_late;
  return ConfirmReply::confirmed;
}

}  // namespace ballast
