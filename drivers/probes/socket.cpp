// Sockets of attempts: how they are opened, and what their errors are called.
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "drivers/probes/attempt.hpp"
#include "drivers/socket_address.hpp"

namespace ballast::probes {
namespace {

SocketAddress socket_address(const IpAddress& address, std::uint16_t port) {
  SocketAddress result(address, 0);
  if (address.is_ipv4()) {
    reinterpret_cast<sockaddr_in*>(&result.storage)->sin_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in6*>(&result.storage)->sin6_port = htons(port);
  }
  return result;
}

bool set(int descriptor, int level, int option, int value) {
  return setsockopt(descriptor, level, option, &value, sizeof value) == 0;
}

}  // namespace

bool is_shortage(int errnum) {
  return errnum == EMFILE || errnum == ENFILE || errnum == ENOBUFS || errnum == ENOMEM;
}

bool is_own_fault(int errnum) {
  return is_shortage(errnum) || errnum == EPERM || errnum == EADDRNOTAVAIL;  // EACCES: a router forbids it
}

Result<Descriptor> open_socket(const ProbeTarget& target, int type, int protocol) {
  const int family = target.address.is_ipv4() ? AF_INET : AF_INET6;
  Descriptor socket(::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
  if (!socket.valid()) return Error{"cannot open a socket: " + failure_text(errno), errno};
  if (target.mark != 0 && !set(socket.get(), SOL_SOCKET, SO_MARK, static_cast<int>(target.mark))) {
    return Error{fmt::format("cannot set the firewall mark {}: {}", target.mark, failure_text(errno)), errno};
  }
  if (target.source) {
    // The port is chosen with the connection: each pair of addresses then has all of them.
    set(socket.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
    const SocketAddress source = socket_address(*target.source, 0);
    if (bind(socket.get(), source.get(), source.size) != 0) {
      return Error{fmt::format("cannot probe from {}: {}", target.source->text(), failure_text(errno)), errno};
    }
  }
  return socket;
}

int begin_connect(int descriptor, const ProbeTarget& target) {
  const SocketAddress address = socket_address(target.address, target.port);
  return ::connect(descriptor, address.get(), address.size) == 0 ? 0 : errno;
}

int socket_error(int descriptor) {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

std::string failure_text(int errnum) {
  char buffer[128];
  std::string text = strerror_r(errnum, buffer, sizeof buffer);
  // "Connection refused", but "RPC ...": only a word is lowered.
  const auto is_lower = [](char letter) { return letter >= 'a' && letter <= 'z'; };
  if (text.size() > 1 && text[0] >= 'A' && text[0] <= 'Z' && is_lower(text[1])) text[0] += 'a' - 'A';
  return text;
}

std::string duration_text(std::chrono::milliseconds duration) {
  if (duration < std::chrono::seconds{1}) return fmt::format("{}ms", duration.count());
  return fmt::format("{}s", static_cast<double>(duration.count()) / 1000);
}

}  // namespace ballast::probes
