#include "controller/doctor/part.hpp"

#include <algorithm>

#include "model/probe_path.hpp"
#include "model/render.hpp"

namespace ballast::doctor {
namespace {

bool names(const NodeList& nodes, std::string_view node) {
  return std::any_of(nodes.begin(), nodes.end(), [&](const auto& item) { return item.value == node; });
}

bool is_encapsulated(Forwarding forwarding) {
  return forwarding == Forwarding::dr || forwarding == Forwarding::tun;
}

Group group_of(const VirtualRouter& from, const Router& self) {
  Group group;
  group.name = from.header.name;
  group.family = from.family();
  group.vrid = static_cast<std::uint8_t>(from.virtual_router_id.value);
  group.interface = interface_of(from, self);
  for (const VirtualAddress& address : from.addresses) group.addresses.push_back(address.address.value.address);
  for (const Router& router : from.routers) {
    if (&router != &self && router.source) group.peers.push_back(router.source->value);
  }
  group.unicast = from.unicast.value;
  group.authentication_header = from.authentication && from.authentication->type.value == AuthenticationType::ah;
  group.interval = from.advertisement_interval.value;
  group.origin = from.header.origin;
  return group;
}

DirectedService service_of(const ProgrammedService& from) {
  DirectedService service;
  service.key = from.key;
  service.scheduler = from.service->scheduler.value;
  if (from.service->persistence && from.service->persistence->engine) {
    service.engine = from.service->persistence->engine->value;
  }
  service.origin = from.service->header.origin;
  for (const Member& member : from.pool->members) {
    Destination value;
    value.forwarding = forwarding_of(*from.service, member);
    value.tunnel = tunnel_of(*from.service, member);
    service.targets.push_back({member.address.value, value, member.origin});
  }
  return service;
}

/// Where a VIP of a service is that no VirtualRouter and no Address of the manifest holds: on the device that has it,
/// or its network.
std::string holding_interface(const IpAddress& address, const Facts& facts) {
  for (const AddressEvent* holder : facts.holders(address)) {
    if (holder->key.interface != "lo") return holder->key.interface;
  }
  for (const AddressEvent& each : facts.addresses) {
    if (each.key.interface != "lo" && each.key.prefix.contains(address)) return each.key.interface;
  }
  return {};
}

void add_vips(Part& part, const Manifest& manifest, const Facts& facts) {
  const auto add = [&](const IpAddress& address, const std::string& interface, const std::string& network,
                       const Origin& origin) {
    if (!part.directs(address)) part.vips.push_back({address, interface, network, origin});
  };
  for (const VirtualRouter& router : manifest.virtual_routers) {
    const Router* self = find_router(router, part.node);
    if (self == nullptr) continue;
    for (const VirtualAddress& each : router.addresses) {
      const std::string interface = address_key(router, *self, each).interface;
      const bool virtual_mac = router.virtual_mac.value && !each.interface;
      add(each.address.value.address, interface, virtual_mac ? interface_of(router, *self) : interface,
          each.address.origin);
    }
  }
  for (const AddressDocument& document : manifest.addresses) {
    const bool here = names(document.nodes, part.node) && document.interface.value != "lo";
    const std::string& interface = document.interface.value;
    if (here) add(document.address.value.address, interface, interface, document.address.origin);
  }
  for (const DirectedService& service : part.services) {
    if (service.key.is_fwmark()) continue;
    const std::string interface = holding_interface(service.key.address, facts);
    add(service.key.address, interface, interface, service.origin);
  }
}

/// render() of what concerns real servers only: the projection of RealServer documents has one home.
State real_server_state(const Manifest& manifest, const std::string& node) {
  Manifest half;
  half.real_servers = manifest.real_servers;
  half.virtual_services = manifest.virtual_services;
  half.pools = manifest.pools;
  return render(half, {}, node);
}

void add_real_server(Part& part, const Manifest& manifest, const Facts& facts) {
  const State state = real_server_state(manifest, part.node);
  for (const auto& [key, entry] : state.addresses) part.answers_for.emplace(key.prefix.address, entry.origin);
  part.tunnels = state.links;
  part.real_server = std::any_of(manifest.real_servers.begin(), manifest.real_servers.end(),
                                 [&](const RealServer& server) { return names(server.nodes, part.node); });
  // A machine that is a member needs the same, whether a RealServer names it or not.
  for (const VirtualService& service : manifest.virtual_services) {
    const auto pool = std::find_if(manifest.pools.begin(), manifest.pools.end(),
                                   [&](const Pool& each) { return each.header.name == service.pool.value; });
    if (pool == manifest.pools.end()) continue;
    for (const Member& member : pool->members) {
      if (!facts.is_local(member.address.value)) continue;
      part.real_server = true;
      if (service.address && is_encapsulated(forwarding_of(service, member))) {
        part.answers_for.emplace(service.address->value, member.origin);
      }
    }
  }
}

}  // namespace

bool Part::forwards(Forwarding forwarding) const {
  return std::any_of(services.begin(), services.end(), [&](const DirectedService& service) {
    return std::any_of(service.targets.begin(), service.targets.end(),
                       [&](const Target& target) { return target.value.forwarding == forwarding; });
  });
}

bool Part::directs(const IpAddress& vip) const {
  return std::any_of(vips.begin(), vips.end(), [&](const Vip& each) { return each.address == vip; });
}

std::string Part::role() const {
  if (director && real_server) return "director and real server";
  return director ? "director" : real_server ? "real server" : "role unknown";
}

Part part_of(const Manifest& manifest, const std::string& node, const Facts& facts) {
  Part part;
  part.node = node;
  part.from_manifest = true;
  for (const ProgrammedService& service : possible_services(manifest, node)) {
    part.services.push_back(service_of(service));
  }
  for (const VirtualRouter& router : manifest.virtual_routers) {
    if (const Router* self = find_router(router, node)) part.groups.push_back(group_of(router, *self));
  }
  part.director = !part.services.empty() || !part.groups.empty() ||
                  std::any_of(manifest.directors.begin(), manifest.directors.end(),
                              [&](const Director& director) { return names(director.nodes, node); });
  add_vips(part, manifest, facts);
  add_real_server(part, manifest, facts);
  return part;
}

Part observed_part(const std::string& node, const Facts& facts) {
  Part part;
  part.node = node;
  if (facts.table) {
    for (const ObservedService& service : facts.table->services) {
      DirectedService directed{service.key, service.value.scheduler, service.value.persistence_engine, {}, {}};
      for (const ObservedDestination& each : facts.table->destinations) {
        if (each.key.service == service.key) directed.targets.push_back({each.key.address, each.value, {}});
      }
      if (!service.key.is_fwmark() && !part.directs(service.key.address)) {
        const std::string interface = holding_interface(service.key.address, facts);
        part.vips.push_back({service.key.address, interface, interface, {}});
      }
      part.services.push_back(std::move(directed));
    }
  }
  part.director = !part.services.empty();
  for (const AddressEvent& address : facts.addresses) {
    const IpAddress& ip = address.key.prefix.address;
    if (address.key.interface != "lo" || ip.is_loopback()) continue;
    // Of the network that this machine is in: what others have on lo (an anycast address, a router's) is none.
    const bool neighbours = std::any_of(facts.addresses.begin(), facts.addresses.end(), [&](const AddressEvent& other) {
      return other.key.interface != "lo" && other.key.prefix.address != ip && other.key.prefix.contains(ip);
    });
    if (neighbours) part.answers_for.emplace(ip, Origin{});
  }
  part.real_server = !part.answers_for.empty();
  return part;
}

void add_heard_groups(Part& part, const Wire& wire) {
  for (const Heard& heard : wire.heard) {
    const vrrp::Advertisement& message = heard.message;
    const bool known = std::any_of(part.groups.begin(), part.groups.end(), [&](const Group& group) {
      return group.interface == heard.interface && group.family == heard.source.family() && group.vrid == message.vrid;
    });
    if (known) continue;
    Group group;
    group.name = "VRID " + std::to_string(message.vrid);
    group.family = heard.source.family();
    group.vrid = message.vrid;
    group.interface = heard.interface;
    group.addresses = message.addresses;
    group.authentication_header = message.authentication == vrrp::Authentication::ah;
    part.groups.push_back(std::move(group));
  }
}

}  // namespace ballast::doctor
