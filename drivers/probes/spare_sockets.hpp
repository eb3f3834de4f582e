// TCP sockets that go from attempt to attempt. Internal to drivers/probes.
//
// A third of what a TCP attempt costs is making and closing its socket. connect() to no address (AF_UNSPEC) resets the
// connection and leaves the socket as new, so it is kept for the next one (tcp_disconnect() in net/ipv4/tcp.c).
#pragma once

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "drivers/descriptor.hpp"
#include "model/ip.hpp"

namespace ballast::probes {

class SpareSockets {
 public:
  static constexpr std::size_t most = 256;  ///< of each family

  /// Not valid where there is none.
  Descriptor take(Family family) {
    auto& spare = of(family);
    if (spare.empty()) return Descriptor();
    Descriptor socket = std::move(spare.back());
    spare.pop_back();
    return socket;
  }
  /// One that was reset and has neither mark nor source.
  void put(Family family, Descriptor socket) {
    if (of(family).size() < most) of(family).push_back(std::move(socket));
  }

 private:
  std::vector<Descriptor>& of(Family family) { return sockets_[family == Family::ipv4 ? 0 : 1]; }

  std::array<std::vector<Descriptor>, 2> sockets_;
};

}  // namespace ballast::probes
