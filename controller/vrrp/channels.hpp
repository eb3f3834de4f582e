// The sockets that routers share: one for each interface, family, protocol and way of casting.
// Threads: the plane's only.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "controller/vrrp/packet.hpp"
#include "drivers/vrrp_socket.hpp"

namespace ballast::vrrp {

struct ChannelKey {
  std::string interface;
  Family family = Family::ipv4;
  AdvertProtocol protocol = AdvertProtocol::vrrp;
  bool multicast = true;

  friend auto operator<=>(const ChannelKey&, const ChannelKey&) = default;
};

ChannelKey channel_key(const Group& group, const std::string& interface);

class Channels {
 public:
  /// Opens the socket unless it is open for the device that has this index now. The text says why it cannot.
  std::string open(const ChannelKey& key, unsigned interface_index);
  /// The device is gone: its sockets are of no use any more.
  void close_all_on(const std::string& interface);

  struct Received {
    const ChannelKey* key = nullptr;
    Datagram datagram;
  };
  /// Everything that all sockets hold, bounded for each of them.
  std::vector<Received> receive();

  struct Sent {
    std::string trouble;  ///< what failed; empty: nothing
    bool any = false;     ///< it went out, to one peer at least
  };
  /// Advertises to the group, or to each unicast peer.
  Sent send(const ChannelKey& key, const Group& group, const Advertisement& advertisement, const IpAddress& source);

  /// To wait on.
  [[nodiscard]] std::vector<int> descriptors() const;

 private:
  std::map<ChannelKey, VrrpSocket> sockets_;
  std::uint16_t identification_ = 0;
};

}  // namespace ballast::vrrp
