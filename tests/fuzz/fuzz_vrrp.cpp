// Any bytes as an advertisement: refused with a reason, or understood and made again with the same meaning; and a
// machine that hears them keeps its word about who may hold the VIPs. The first byte chooses the group, and whether
// checksum and digest are put right, so that what is behind them is reached.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "controller/vrrp/digest.hpp"
#include "controller/vrrp/machine.hpp"
#include "controller/vrrp/wire.hpp"

namespace {

using namespace ballast;
using namespace ballast::vrrp;

void require(bool holds) {
  if (!holds) std::abort();
}

Group make_group(std::uint8_t choice) {
  Group group;
  group.vrid = 41;
  if ((choice & 1) != 0) {
    group.family = Family::ipv6;
    group.addresses = {*IpAddress::parse("fe80::100"), *IpAddress::parse("2001:db8::100")};
    return group;
  }
  group.addresses = {*IpAddress::parse("10.9.0.100")};
  if ((choice & 2) == 0) return group;
  group.version = 2;
  group.authentication = static_cast<Authentication>((choice >> 2) % 3);
  if (group.authentication != Authentication::none) group.password = "secret12";
  return group;
}

void put_right(Bytes& payload, const Group& group, const IpHeaderFacts& facts) {
  const bool ah = group.authentication == Authentication::ah;
  const std::size_t skipped = ah && payload.size() >= wire::ah_header_size ? wire::ah_header_size : 0;
  Bytes message(payload.begin() + static_cast<std::ptrdiff_t>(skipped), payload.end());
  if (message.size() >= wire::vrrp_header_size) {
    message[6] = message[7] = 0;
    std::uint32_t sum = wire::sum_of(message);
    if (group.version == 3) sum += wire::pseudo_header_sum(facts, message.size());
    const auto checksum = static_cast<std::uint16_t>(~wire::folded(sum));
    message[6] = static_cast<std::uint8_t>(checksum >> 8);
    message[7] = static_cast<std::uint8_t>(checksum);
  }
  const std::uint32_t sequence = skipped != 0 ? payload[11] : 1;
  payload = ah ? sealed(message, group, facts, sequence) : message;
}

void hear(const Bytes& payload, const IpHeaderFacts& facts, const Group& group) {
  Config config;
  config.group = group;
  Machine machine(config);
  const IpAddress own = *IpAddress::parse(group.family == Family::ipv4 ? "10.9.0.5" : "fe80::5");
  Time now = std::chrono::seconds{1};
  machine.step(now, LinkChanged{true, own, ""});
  machine.step(now, Eligibility{true, ""});
  machine.step(now, Start{});
  for (int round = 0; round < 2; ++round) {
    bool removed = false;
    const Role before = machine.role();
    for (const Action& action : machine.step(now, Packet{payload, facts})) {
      removed |= std::holds_alternative<RemoveAddresses>(action);
    }
    require(machine.role() == before || (before == Role::master && removed));
    require(machine.next_deadline().has_value() && *machine.next_deadline() >= now);
    now = *machine.next_deadline();
    machine.step(now, Timer{});
    require(machine.role() == Role::master);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Group group = make_group(data[0]);
  const bool ipv4 = group.family == Family::ipv4;
  const IpHeaderFacts facts{*IpAddress::parse(ipv4 ? "10.9.0.1" : "fe80::1"), multicast_group(group.family), 255,
                            protocol_of(group), 1};
  Bytes payload(data + 1, data + size);
  if ((data[0] & 0x80) != 0) put_right(payload, group, facts);

  peek_vrid(payload, facts.protocol);
  overhear(payload, facts);
  const Decoding decoding = decode(payload, facts, group);
  if (const auto* refused = std::get_if<Refused>(&decoding)) {
    require(!refused->text.empty());
  } else {
    const Advertisement& heard = std::get<Decoded>(decoding).advertisement;
    const Decoding again = decode(encode(heard, group, facts), facts, group);
    require(std::holds_alternative<Decoded>(again) && std::get<Decoded>(again).advertisement == heard);
    require(overhear(payload, facts).has_value());
  }
  hear(payload, facts, group);
  return 0;
}
