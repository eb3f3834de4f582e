// A service against its pool: ports that DR and TUN cannot change, families that only TUN can cross, members that look
// the same to the kernel. The pool's digest answers for sound pools; members are visited only to say which is wrong.
#include <algorithm>

#include "model/validate_service.hpp"

namespace ballast {

namespace {

const IpAddress& address_of(const IpAddress& address) {
  return address;
}
const IpAddress& address_of(const Member* member) {
  return member->address.value;
}

std::string service_text(const VirtualService& service) {
  return cat("service '", service.header.name, "'");
}

/// A port that a member of a DR or TUN service may name; nullopt: none at all (fwmark, or every port).
std::optional<std::uint16_t> fixed_port(const VirtualService& service) {
  if (!service.port || service.port->value == 0) return std::nullopt;
  return service.port->value;
}

bool keeps_port(Forwarding forwarding) {
  return forwarding == Forwarding::dr || forwarding == Forwarding::tun;
}

std::string port_complaint(const VirtualService& service, Forwarding forwarding, std::uint16_t port) {
  const std::string_view mode = text_of(forwarding);
  if (service.fwmark) {
    return cat(mode, " cannot change the port, and fwmark ", service_text(service), " has many; remove port ", port);
  }
  if (!fixed_port(service)) {
    return cat(mode, " cannot change the port, and ", service_text(service), " has every port; remove port ", port);
  }
  return cat("port ", port, " differs from port ", *fixed_port(service), " of ", service_text(service), "; ", mode,
             " cannot change the port");
}

std::string family_complaint(const VirtualService& service, const IpAddress& address, Forwarding forwarding) {
  return cat(address.text(), " is ", address.is_ipv4() ? "IPv4" : "IPv6", " but ", service_text(service), " is ",
             address.is_ipv4() ? "IPv6" : "IPv4", "; only TUN can cross families, not ", text_of(forwarding));
}

Origin tunnel_origin(const TunnelSpec& tunnel, const Origin& otherwise) {
  if (tunnel.type.origin.known()) return tunnel.type.origin;
  if (tunnel.port) return tunnel.port->origin;
  return tunnel.checksum.origin.known() ? tunnel.checksum.origin : otherwise;
}

/// What DR and TUN cannot do with a port, and all but TUN with a family: for members and sorry servers alike.
template <class Server>
void check_server(Validation& validation, const VirtualService& service, const Server& server) {
  const Forwarding forwarding = server.forwarding ? server.forwarding->value : service.forwarding.value;
  if (server.port && keeps_port(forwarding) && server.port->value != fixed_port(service)) {
    validation.report.add(server.port->origin, port_complaint(service, forwarding, server.port->value));
  }
  const auto family = family_of(service);
  if (family && server.address.origin.known() && server.address.value.family() != *family &&
      forwarding != Forwarding::tun) {
    validation.report.add(server.address.origin, family_complaint(service, server.address.value, forwarding));
  }
}

/// Whether all members that a digest's class stands for fit a service that reaches them by `forwarding`.
bool fits(const PoolDigest::Class& members, const VirtualService& service, Forwarding forwarding) {
  if (keeps_port(forwarding) && members.ports > 0) {
    if (members.ports > 1 || members.only_port != fixed_port(service)) return false;
  }
  const auto family = family_of(service);
  return forwarding == Forwarding::tun || !family || !(*family == Family::ipv4 ? members.ipv6 : members.ipv4);
}

void check_members(Validation& validation, const VirtualService& service, const PoolDigest& digest) {
  const Forwarding forwarding = service.forwarding.value;
  const bool stray_tunnel = digest.inherit.tunnel && forwarding != Forwarding::tun;
  if (!stray_tunnel && fits(digest.inherit, service, forwarding) && fits(digest.dr, service, Forwarding::dr) &&
      fits(digest.nat, service, Forwarding::nat) && fits(digest.tun, service, Forwarding::tun)) {
    return;
  }
  for (const Member& member : digest.pool->members) {
    if (validation.report.full()) return;
    check_server(validation, service, member);
    if (stray_tunnel && member.tunnel && !member.forwarding) {
      validation.report.add(
          tunnel_origin(*member.tunnel, member.origin),
          cat("'tunnel' needs forwarding TUN, ", service_text(service), " has ", text_of(forwarding)));
    }
  }
}

/// Members that are one destination to the kernel: one names the service's port, the other takes it.
void check_ambiguous(Validation& validation, const VirtualService& service, const PoolDigest& digest) {
  const auto port = fixed_port(service);
  const auto found = port ? digest.ambiguous.find(*port) : digest.ambiguous.end();
  if (found == digest.ambiguous.end()) return;
  for (const Member* member : found->second) {
    validation.report.add(member->address.origin,
                          cat("member ", endpoint_text(member->address.value, *port),
                              " is listed twice: without a port it is ", *port, " in ", service_text(service)));
  }
}

void check_sorry_server(Validation& validation, const VirtualService& service, const PoolDigest* digest) {
  const SorryServer& server = *service.sorry_server;
  if (!server.address.origin.known()) return;
  if (server.address.value.is_unspecified() || server.address.value.is_multicast()) {
    validation.report.add(server.address.origin, cat(server.address.value.text(), " cannot be a server's address"));
  }
  if (service.forwarding.origin.known()) check_server(validation, service, server);
  if (digest == nullptr) return;
  const auto own_port = fixed_port(service);
  const auto port_of = [&](const auto& any) { return any.port ? std::optional(any.port->value) : own_port; };
  const auto [begin, end] =
      std::equal_range(digest->by_address.begin(), digest->by_address.end(), server.address.value,
                       [](const auto& a, const auto& b) { return address_of(a) < address_of(b); });
  for (auto member = begin; member != end; ++member) {
    if (port_of(**member) != port_of(server)) continue;
    validation.report.add(server.address.origin, cat("the sorry server is also a member of Pool '",
                                                     digest->pool->header.name, "'", first_at((*member)->origin)));
    return;
  }
}

void check_service_tunnel(Validation& validation, const VirtualService& service, const PoolDigest* digest) {
  if (!service.tunnel) return;
  check_tunnel(validation, *service.tunnel, service.header);
  if (!service.forwarding.origin.known() || service.forwarding.value == Forwarding::tun) return;
  const auto& sorry = service.sorry_server;
  if (sorry && sorry->forwarding && sorry->forwarding->value == Forwarding::tun) return;
  if (digest != nullptr && digest->tun.any()) return;  // for those members
  validation.report.add(tunnel_origin(*service.tunnel, service.header.origin),
                        cat("'tunnel' needs forwarding TUN, not ", text_of(service.forwarding.value)));
}

/// Why the kernel's fallback devices cannot receive what `service` sends to a member of `digest`; empty where they can.
std::string unreceivable(const VirtualService& service, const PoolDigest& digest) {
  const bool inherited = service.forwarding.value == Forwarding::tun && digest.inherit.any();
  if (!inherited && !digest.tun.any()) return {};
  const bool own_tunnels = digest.tun.tunnel || (inherited && digest.inherit.tunnel);
  const bool ipv6_members = digest.tun.ipv6 || (inherited && digest.inherit.ipv6);
  const bool crosses = ipv6_members && family_of(service) == Family::ipv4;
  const bool gue = service.tunnel && service.tunnel->type.value == TunnelType::gue;
  if (!own_tunnels && !crosses && !gue) return {};  // sound for every member, without a look at each
  for (const Member& member : digest.pool->members) {
    if ((member.forwarding ? member.forwarding->value : service.forwarding.value) != Forwarding::tun) continue;
    const auto& tunnel = member.tunnel ? member.tunnel : service.tunnel;
    const TunnelType type = tunnel ? tunnel->type.value : TunnelType::ipip;
    if (type == TunnelType::gue) {
      return cat(service_text(service),
                 " sends through gue, whose receiving port Ballast does not set up: make it with \"ip "
                 "fou add port PORT gue\", and write 'addresses' and 'tunnels' instead of this pool");
    }
    const bool mixed = type == TunnelType::ipip && service.address && service.address->value.is_ipv4() &&
                       !member.address.value.is_ipv4();
    if (mixed) {
      return cat(
          service_text(service),
          " sends IPv4 through IPv6, for which a real server needs a tunnel device of its "
          "own: make it with \"ip link add ... type ip6tnl mode ipip6\", and write 'addresses' instead of this pool");
    }
  }
  return {};
}

}  // namespace

void check_service_pool(Validation& validation, const VirtualService& service) {
  PoolDigest* digest = find_pool(validation, service.pool);
  check_service_tunnel(validation, service, digest);
  if (service.sorry_server) check_sorry_server(validation, service, digest);
  if (has_packet_rules(service)) check_packet_rules(validation, service, digest);
  if (digest == nullptr) return;
  if (validation.gaps.in(service.header)) digest->serves_incomplete = true;
  if (!service.forwarding.origin.known()) return;
  if (service.address && (keeps_port(service.forwarding.value) || digest->dr.any() || digest->tun.any())) {
    digest->serves_vip = true;
    if (digest->unreceivable.empty()) digest->unreceivable = unreceivable(service, *digest);
  }
  if (!service.fwmark && !service.port) return;  // its port is not known
  check_members(validation, service, *digest);
  check_ambiguous(validation, service, *digest);
  check_service_health(validation, service, *digest);
}

}  // namespace ballast
