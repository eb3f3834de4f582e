// http:// and https:// URLs as a command takes them (RFC 3986), read strictly. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/result.hpp"

namespace ballast {

struct Url {
  bool tls = false;
  std::string host;  ///< a name or an address, IPv6 without its brackets
  std::uint16_t port = 80;
  std::string target = "/";  ///< path and query
  std::string authority;     ///< host and port as the Host header has them
};

/// The error says what is wrong and what would be right.
Result<Url> read_url(std::string_view text);

}  // namespace ballast
