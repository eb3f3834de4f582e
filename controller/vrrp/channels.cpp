#include "controller/vrrp/channels.hpp"

namespace ballast::vrrp {

ChannelKey channel_key(const Group& group, const std::string& interface) {
  const bool ah = protocol_of(group) == ah_protocol;
  return {interface, group.family, ah ? AdvertProtocol::ah : AdvertProtocol::vrrp, group.unicast_peers.empty()};
}

std::string Channels::open(const ChannelKey& key, unsigned interface_index) {
  const auto found = sockets_.find(key);
  if (found != sockets_.end()) {
    if (found->second.interface_index() == interface_index) return {};
    sockets_.erase(found);  // the device was replaced by another of that name
  }
  VrrpSocketOptions options;
  options.interface = key.interface;
  options.family = key.family;
  options.protocol = key.protocol;
  options.multicast = key.multicast;
  auto socket = VrrpSocket::open(options);
  if (!socket) return socket.error().text;
  sockets_.emplace(key, std::move(*socket));
  return {};
}

void Channels::close_all_on(const std::string& interface) {
  std::erase_if(sockets_, [&](const auto& item) { return item.first.interface == interface; });
}

std::vector<Channels::Received> Channels::receive() {
  std::vector<Received> all;
  for (auto& [key, socket] : sockets_) {
    auto datagrams = socket.receive();
    if (!datagrams) continue;  // the interface went: the link monitor tells
    for (Datagram& datagram : *datagrams) all.push_back({&key, std::move(datagram)});
  }
  return all;
}

Channels::Sent Channels::send(const ChannelKey& key, const Group& group, const Advertisement& advertisement,
                              const IpAddress& source) {
  const auto found = sockets_.find(key);
  if (found == sockets_.end()) return {"there is no socket on " + key.interface, false};
  VrrpSocket& socket = found->second;
  socket.set_source(source);
  const std::vector<IpAddress> multicast{multicast_group(group.family)};
  Sent outcome;
  for (const IpAddress& destination : group.unicast_peers.empty() ? multicast : group.unicast_peers) {
    IpHeaderFacts facts{source, destination, sent_hop_limit, protocol_of(group), 0};
    Bytes bytes;
    if (facts.protocol == ah_protocol) {
      identification_ = static_cast<std::uint16_t>(identification_ % 0xffff + 1);  // never 0
      facts.identification = identification_;
      const Bytes payload = encode(advertisement, group, facts);
      bytes = make_ipv4_header(facts, payload.size());
      bytes.insert(bytes.end(), payload.begin(), payload.end());
    } else {
      bytes = encode(advertisement, group, facts);
    }
    const auto sent = socket.send(bytes, destination);
    if (!sent) outcome.trouble = sent.error().text;
    outcome.any |= sent.has_value();
  }
  return outcome;
}

std::vector<int> Channels::descriptors() const {
  std::vector<int> all;
  for (const auto& [key, socket] : sockets_) all.push_back(socket.descriptor());
  return all;
}

}  // namespace ballast::vrrp
