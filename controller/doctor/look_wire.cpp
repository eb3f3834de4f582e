// Listens on the devices of the node's groups and VIPs, and asks by ARP who has the VIPs and the members there.
#include <algorithm>
#include <list>

#include <fmt/format.h>
#include <net/ethernet.h>
#include <poll.h>

#include "controller/doctor/look.hpp"
#include "drivers/packet_listener.hpp"
#include "drivers/vrrp_socket.hpp"
#include "model/duration.hpp"

namespace ballast::doctor {
namespace {

using Ticks = std::chrono::steady_clock;

constexpr std::size_t most_devices = 16;
constexpr std::size_t most_vips = 64;
constexpr std::size_t most_members = 256;
constexpr std::size_t most_packets = 10'000;
constexpr std::size_t ipv6_header = 40;

/// Addresses that are asked for on one device.
struct Ear {
  std::string name;
  const LinkEvent* link = nullptr;
  std::vector<IpAddress> questions;
  std::optional<PacketListener> listener{};
};

bool is_ethernet(const LinkEvent& link) {
  return link.name != "lo" && link.up && link.mac != MacAddress{};
}

std::set<std::string> devices_of(const Part& part, const Facts& facts) {
  std::set<std::string> devices;
  for (const Group& group : part.groups) devices.insert(group.interface);
  for (const Vip& vip : part.vips) {
    if (!vip.network.empty()) devices.insert(vip.network);
  }
  if (part.from_manifest || !devices.empty()) return devices;
  for (const AddressEvent& address : facts.addresses) {
    const LinkEvent* link = facts.link(address.key.interface);
    if (link != nullptr && is_ethernet(*link) && address.scope == Scope::global) devices.insert(link->name);
  }
  return devices;
}

std::vector<Ear> make_ears(const Part& part, Facts& facts) {
  std::vector<Ear> ears;
  for (const std::string& device : devices_of(part, facts)) {
    const LinkEvent* link = facts.link(device);
    if (link == nullptr || !is_ethernet(*link)) {
      facts.not_looked_at.push_back(fmt::format("the wire at {}: {}", device,
                                                link == nullptr ? "there is no such device"
                                                : link->up      ? "it is no Ethernet device"
                                                                : "it is down"));
    } else if (ears.size() < most_devices) {
      ears.push_back({device, link, {}});
    } else {
      facts.not_looked_at.push_back(fmt::format("the wire at {}: {} devices are listened at", device, most_devices));
    }
  }
  return ears;
}

/// Members only where a VIP is asked for: to know who it is that answers.
void add_questions(const Part& part, Facts& facts, std::vector<Ear>& ears) {
  std::size_t vips = 0;
  std::size_t members = 0;
  for (const Vip& vip : part.vips) {
    const auto ear = std::find_if(ears.begin(), ears.end(), [&](const Ear& each) { return each.name == vip.network; });
    if (!vip.address.is_ipv4() || ear == ears.end()) continue;
    if (++vips <= most_vips) ear->questions.push_back(vip.address);
  }
  if (vips > most_vips) facts.not_looked_at.push_back(fmt::format("ARP for {} VIPs more", vips - most_vips));
  for (const auto& [address, route] : facts.routes) {
    if (!route || route->gateway || route->local || !address.is_ipv4() || ++members > most_members) continue;
    for (Ear& ear : ears) {
      if (ear.link->index == route->interface_index && !ear.questions.empty()) ear.questions.push_back(address);
    }
  }
}

/// From the address that this node has in that network, as a client would ask; where it has none, from nobody.
IpAddress sender_for(const IpAddress& target, const Ear& ear, const Part& part, const Facts& facts) {
  for (const AddressEvent& each : facts.addresses) {
    const Prefix& prefix = each.key.prefix;
    const bool usable = each.key.interface == ear.name && prefix.address.is_ipv4() && prefix.contains(target) &&
                        prefix.address != target && !part.directs(prefix.address);
    if (usable) return prefix.address;
  }
  return IpAddress();
}

void ask(std::vector<Ear>& ears, const Part& part, const Facts& facts) {
  for (Ear& ear : ears) {
    if (!ear.listener) continue;
    for (const IpAddress& question : ear.questions) {
      // A queue that is full is asked again at the second time.
      (void)ear.listener->ask(question, sender_for(question, ear, part, facts), ear.link->mac);
    }
  }
}

std::optional<Datagram> read_ipv6_packet(const std::vector<std::uint8_t>& bytes) {
  if (bytes.size() < ipv6_header || bytes[0] >> 4 != 6) return std::nullopt;
  const std::size_t size = static_cast<std::size_t>(bytes[4] << 8 | bytes[5]);
  if (size > bytes.size() - ipv6_header) return std::nullopt;
  Datagram datagram;
  datagram.source = IpAddress::from_bytes(Family::ipv6, &bytes[8]);
  datagram.destination = IpAddress::from_bytes(Family::ipv6, &bytes[24]);
  datagram.ttl = bytes[7];
  const auto begin = bytes.begin() + ipv6_header;
  datagram.payload.assign(begin, begin + static_cast<std::ptrdiff_t>(size));
  return datagram;
}

void take(const HeardPacket& packet, const Ear& ear, Wire& wire) {
  if (packet.type == ETH_P_ARP) {
    const auto reply = packet.outgoing ? std::nullopt : read_arp_reply(packet.bytes);
    if (!reply) return;
    const bool asked = std::find(ear.questions.begin(), ear.questions.end(), reply->address) != ear.questions.end();
    if (asked && wire.answers.size() < most_packets) wire.answers.insert({ear.name, reply->address, reply->mac});
    return;
  }
  std::optional<Datagram> datagram;
  vrrp::IpHeaderFacts header;
  if (packet.type == ETH_P_IPV6) {
    datagram = read_ipv6_packet(packet.bytes);
  } else if (Datagram read; read_ipv4_packet(packet.bytes, read)) {
    header.protocol = packet.bytes[9];
    datagram = std::move(read);
  }
  if (!datagram) return;
  header.source = datagram->source;
  header.destination = datagram->destination;
  header.identification = datagram->identification;
  const auto message = vrrp::overhear(datagram->payload, header);
  if (!message || wire.heard.size() >= most_packets) return;
  wire.heard.push_back({ear.name, datagram->source, packet.source, packet.outgoing, *message});
}

/// Everything that comes until `end`.
void listen(std::vector<Ear>& ears, Ticks::time_point end, Wire& wire) {
  for (auto left = end - Ticks::now(); left.count() > 0; left = end - Ticks::now()) {
    std::vector<pollfd> waited;
    for (const Ear& ear : ears) waited.push_back({ear.listener ? ear.listener->descriptor() : -1, POLLIN, 0});
    const auto limit = std::chrono::ceil<std::chrono::milliseconds>(left);
    if (poll(waited.data(), waited.size(), static_cast<int>(limit.count())) <= 0) continue;
    for (std::size_t at = 0; at < ears.size(); ++at) {
      if (waited[at].revents == 0) continue;
      const auto packets = ears[at].listener->receive();
      if (!packets) ears[at].listener.reset();  // the device is gone
      if (!packets) continue;
      for (const HeardPacket& packet : *packets) take(packet, ears[at], wire);
    }
  }
}

}  // namespace

std::chrono::milliseconds usual_wait(const Part& part) {
  constexpr std::chrono::milliseconds least{3200};
  constexpr std::chrono::milliseconds most{30'000};
  constexpr std::chrono::milliseconds slack{200};
  std::chrono::milliseconds longest{};
  for (const Group& group : part.groups) longest = std::max(longest, group.interval);
  return std::clamp(longest * 3 + slack, least, most);
}

void look_at_wire(const Part& part, std::chrono::milliseconds wait, Facts& facts) {
  if (part.real_server && !part.director) return;
  if (wait.count() == 0) {
    facts.not_looked_at.emplace_back("the wire (VRRP, ARP): --wait 0");
    return;
  }
  std::vector<Ear> ears = make_ears(part, facts);
  if (ears.empty()) return;
  add_questions(part, facts, ears);
  std::vector<std::string> names;
  std::size_t questions = 0;
  for (Ear& ear : ears) {
    auto listener = PacketListener::open(static_cast<unsigned>(ear.link->index));
    if (listener) {
      ear.listener.emplace(std::move(*listener));
      names.push_back(ear.name);
      questions += ear.questions.size();
    } else {
      facts.not_looked_at.push_back(fmt::format("the wire at {} (VRRP, ARP): {}", ear.name, listener.error().text));
    }
  }
  if (names.empty()) return;
  Wire wire;
  wire.listened = wait;
  const auto begin = Ticks::now();
  // A question or its answer may be lost: each is asked twice.
  ask(ears, part, facts);
  listen(ears, begin + wait / 2, wire);
  ask(ears, part, facts);
  listen(ears, begin + wait, wire);
  facts.looked_at.push_back(fmt::format("VRRP on {} for {} ({} advertisements){}", fmt::join(names, ", "),
                                        duration_text(wait), wire.heard.size(),
                                        questions == 0 ? "" : ", ARP for the VIPs"));
  facts.wire = std::move(wire);
}

}  // namespace ballast::doctor
