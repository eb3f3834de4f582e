// Where the API listens on TCP, as `--listen` has it: "192.0.2.1:9100", "[2001:db8::1]:9100", "[fe80::1%eth0]:9100".
#pragma once

#include <string>
#include <string_view>

#include <sys/socket.h>

#include "drivers/descriptor.hpp"
#include "model/result.hpp"

namespace ballast::http {

struct TcpAddress {
  std::string text;  ///< as it was given
  sockaddr_storage address{};
  socklen_t size = 0;

  /// Errors say what an address looks like. [::] means IPv6 only; 0.0.0.0 is a matter of its own.
  static Result<TcpAddress> parse(std::string_view text);
};

/// A listening socket. Errors: the address is in use, not of this machine, or not permitted; with what to do.
Result<Descriptor> listen_on(const TcpAddress& address);

/// The address that it listens on, with the port that the kernel has chosen where port 0 was asked for.
std::string local_address_of(int descriptor);

}  // namespace ballast::http
