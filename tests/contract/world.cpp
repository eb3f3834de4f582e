// What all cases share: short ways to write, and tables as text.
#include "contract/world.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace ballast::contract {
namespace {

std::string print(const ObservedService& service) {
  const Service& value = service.value;
  std::string text = fmt::format("{} {}", service.key.text(), value.scheduler);
  if (value.flags != 0) text += fmt::format(" flags {:#x}", value.flags);
  if (value.persistent()) text += fmt::format(" persistent {} {:#x}", value.persistence_seconds, value.granularity);
  if (!value.persistence_engine.empty()) text += " engine " + value.persistence_engine;
  return text + "\n";
}

std::string print(const ObservedDestination& destination) {
  const Destination& value = destination.value;
  std::string text = fmt::format("  {} {} {}", endpoint_text(destination.key.address, destination.key.port),
                                 text_of(value.forwarding), value.weight);
  if (value.upper_threshold != 0 || value.lower_threshold != 0) {
    text += fmt::format(" {}..{}", value.lower_threshold, value.upper_threshold);
  }
  const Tunnel& tunnel = value.tunnel;
  if (tunnel != Tunnel{}) {
    text += fmt::format(" {} port {} checksum {}", text_of(tunnel.type), tunnel.port, text_of(tunnel.checksum));
  }
  if (destination.connections != Connections{}) text += " has connections";
  return text + "\n";
}

std::string print(const ObservedAddress& address) {
  std::string text = fmt::format("{} {}", address.key.text(), text_of(address.value.scope));
  if (!address.value.label.empty()) text += " label " + address.value.label;
  if (address.protocol != 0) text += fmt::format(" proto {:#x}", address.protocol);
  if (address.secondary) text += " secondary";
  if (address.finite) text += " finite";
  return text + "\n";
}

bool is_of_the_world(const AddressKey& key) {
  return key.prefix.address.is_link_local() || key.prefix.text() == "127.0.0.1/8" || key.prefix.text() == "::1/128";
}

}  // namespace

World*& world() {
  static World* the_world = nullptr;
  return the_world;
}

int Case::add(const AddressKey& key, const Address& value) {
  const AddressWrite write{Verb::add, &key, &value};
  return kernel.network.write(std::span(&write, 1)).at(0);
}

int Case::remove(const AddressKey& key) {
  const AddressWrite write{Verb::remove, &key, nullptr};
  return kernel.network.write(std::span(&write, 1)).at(0);
}

int Case::set_link(Verb verb, const std::string& name, bool up) {
  const Link link{up};
  const LinkWrite write{verb, &name, &link};
  return kernel.network.write(std::span(&write, 1)).at(0);
}

IpvsTable Case::table() {
  auto dumped = kernel.ipvs.dump();
  REQUIRE_MESSAGE(dumped.has_value(), dumped.error().text);
  return std::move(*dumped);
}

std::string Case::daemons() {
  std::string text;
  for (const auto& [role, value] : table().daemons) {
    text += fmt::format("{} {} id {} to {} port {} ttl {} length {}\n", text_of(role), value.interface, value.sync_id,
                        value.group.text(), value.port, value.ttl, value.max_length);
  }
  return text;
}

std::string Case::ipvs() {
  const IpvsTable dumped = table();
  std::string text;
  auto destination = dumped.destinations.begin();
  for (const ObservedService& service : dumped.services) {
    text += print(service);
    for (; destination != dumped.destinations.end() && destination->key.service == service.key; ++destination) {
      text += print(*destination);
    }
  }
  REQUIRE_MESSAGE(destination == dumped.destinations.end(), "destinations are sorted by service, and have one");
  return text;
}

std::string Case::addresses() {
  const auto dumped = kernel.network.dump_addresses();
  REQUIRE_MESSAGE(dumped.has_value(), dumped.error().text);
  std::vector<const ObservedAddress*> sorted;
  for (const ObservedAddress& address : *dumped) {
    if (!is_of_the_world(address.key)) sorted.push_back(&address);
  }
  std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->key < b->key; });
  std::string text;
  for (const ObservedAddress* address : sorted) text += print(*address);
  return text;
}

ServiceKey service_key(const std::string& text) {
  const auto key = ServiceKey::parse(text);
  REQUIRE_MESSAGE(key.has_value(), text);
  return *key;
}

DestinationKey destination_key(const ServiceKey& service, const std::string& address, std::uint16_t port) {
  const auto ip = IpAddress::parse(address);
  REQUIRE_MESSAGE(ip.has_value(), address);
  return {service, *ip, port};
}

AddressKey address_key(const std::string& interface, const std::string& prefix) {
  const auto parsed = Prefix::parse(prefix);
  REQUIRE_MESSAGE(parsed.has_value(), prefix);
  return {interface, *parsed};
}

Service plain(const ServiceKey& key, const std::string& scheduler) {
  return {scheduler, 0, 0, host_granularity(key.family()), ""};
}

Destination direct(std::uint32_t weight) {
  return {Forwarding::dr, weight, 0, 0, {}};
}

}  // namespace ballast::contract
