// How people name an object on the command line: as the manifest does, or as the kernel's tools and Ballast's own
// output do. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/state.hpp"

namespace ballast {

/// "192.0.2.3", "192.0.2.3:80", "2001:db8::3", "[2001:db8::3]:80"
struct HostName {
  IpAddress address;
  std::optional<std::uint16_t> port;
};
std::optional<HostName> parse_host(std::string_view text);

struct ObjectName {
  std::string text;                   ///< without a word for the kind before it, such as "service"
  std::optional<ServiceKey> service;  ///< of "tcp 192.0.2.1:80", "fwmark 7", and of "10.0.0.3:80 of tcp 192.0.2.1:80"
  bool on_interface = false;          ///< of "192.0.2.1/24 on eth0": an address, not what has it
  std::optional<HostName> host;       ///< of "192.0.2.1", "10.0.0.3:80 of ...", "192.0.2.1/24 on eth0"

  /// Whether it is this service: by its name, its key, or its address.
  [[nodiscard]] bool means(std::string_view name, const ServiceKey& key) const;
};
ObjectName parse_object_name(std::string_view text);

}  // namespace ballast
