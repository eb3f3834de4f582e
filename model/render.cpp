// The projection: which of the manifest's objects this node's kernel shall hold, with kernel defaults filled in.
#include "model/render.hpp"

#include <algorithm>
#include <unordered_map>

#include "model/probe_path.hpp"

namespace ballast {
namespace {

bool names(const NodeList& nodes, std::string_view node) {
  return std::any_of(nodes.begin(), nodes.end(), [&](const auto& item) { return item.value == node; });
}

std::uint32_t whole_seconds(std::chrono::milliseconds duration) {
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(duration).count());
}

std::uint32_t flag_bits(const std::vector<Located<SchedulerFlag>>& flags) {
  std::uint32_t bits = 0;
  for (const auto& flag : flags) {
    switch (flag.value) {
      case SchedulerFlag::sh_fallback:
      case SchedulerFlag::mh_fallback:
        bits |= ServiceFlag::scheduler1;
        break;
      case SchedulerFlag::sh_port:
      case SchedulerFlag::mh_port:
        bits |= ServiceFlag::scheduler2;
        break;
      case SchedulerFlag::ops:
        bits |= ServiceFlag::one_packet;
        break;
    }
  }
  return bits;
}

Service make_value(const ServiceKey& key, const VirtualService& service) {
  Service value;
  value.scheduler = service.scheduler.value;
  value.flags = flag_bits(service.scheduler_flags);
  value.granularity = host_granularity(key.family());
  if (service.persistence) {
    const Persistence& persistence = *service.persistence;
    value.flags |= ServiceFlag::persistent;
    value.persistence_seconds = whole_seconds(persistence.timeout.value);
    if (persistence.granularity) value.granularity = persistence.granularity->value;
    if (persistence.engine) value.persistence_engine = persistence.engine->value;
  }
  normalise(key, value);
  return value;
}

/// A RealServer's device for what `tunnel` carries: the kernel's fallback devices, which take packets of any peer.
std::string tunnel_device(const Tunnel& tunnel, Family outer, Family inner) {
  if (tunnel.type == TunnelType::gre) return outer == Family::ipv4 ? "gre0" : "ip6gre0";
  if (outer == Family::ipv6) return "ip6tnl0";
  return inner == Family::ipv4 ? "tunl0" : "sit0";
}

class Projection {
 public:
  Projection(const Manifest& manifest, const Conditions& conditions, std::string_view node)
      : manifest_(manifest), conditions_(conditions), node_(node) {
    for (const Pool& pool : manifest_.pools) pools_.emplace(pool.header.name, &pool);
    for (const VirtualRouter& group : manifest_.virtual_routers) {
      // Other nodes may hold the same address by another VirtualRouter; on one node validate() allows only one.
      if (find_router(group, node_) == nullptr) continue;
      for (const auto& each : group.addresses) groups_.emplace(each.address.value.address, &group);
    }
    for (const AddressDocument& document : manifest_.addresses) {
      if (names(document.nodes, node_)) static_addresses_.insert(document.address.value.address);
    }
  }

  State make() {
    for (const VirtualService& service : manifest_.virtual_services) add_service(service);
    add_probe_paths();
    for (const VirtualRouter& group : manifest_.virtual_routers) add_virtual_addresses(group);
    for (const AddressDocument& document : manifest_.addresses) add_static_address(document);
    for (const RealServer& server : manifest_.real_servers) {
      if (names(server.nodes, node_)) add_real_server(server);
    }
    // Explicit settings come after a RealServer's, which they override.
    for (const Director& director : manifest_.directors) add_director(director);
    for (const SysctlDocument& document : manifest_.sysctls) {
      if (names(document.nodes, node_)) add_sysctls(document.values);
    }
    return std::move(state_);
  }

  /// With those that the node programs only while MASTER, or without.
  std::vector<ProgrammedService> services(bool possible) const {
    std::vector<ProgrammedService> services;
    for (const VirtualService& service : manifest_.virtual_services) {
      const Pool& pool = *pools_.at(service.pool.value);
      if (possible ? is_directed_here(service) : is_programmed_here(service, pool)) {
        services.push_back({service_key_of(service), &service, &pool});
      }
    }
    return services;
  }

 private:
  const VirtualRouter* group_of(const VirtualService& service) const {
    if (!service.address) return nullptr;
    const auto found = groups_.find(service.address->value);
    return found == groups_.end() ? nullptr : found->second;
  }

  bool is_member(const Pool& pool) const {
    return std::any_of(pool.members.begin(), pool.members.end(), [&](const Member& member) {
      return conditions_.local_addresses.contains(member.address.value);
    });
  }

  /// Every director programs the service, so that a takeover is only addresses; but a standby that is itself a real
  /// server would throw the MASTER's DR packets back at it, so it has the service only while MASTER.
  bool is_programmed_here(const VirtualService& service, const Pool& pool) const {
    if (!is_directed_here(service)) return false;
    const VirtualRouter* group = group_of(service);
    return group == nullptr || conditions_.master_of.contains(group->header.name) || !is_member(pool);
  }

  bool is_directed_here(const VirtualService& service) const {
    if (!service.nodes.empty()) return names(service.nodes, node_);
    return group_of(service) != nullptr || (service.address && static_addresses_.contains(service.address->value));
  }

  void add_service(const VirtualService& service) {
    const Pool& pool = *pools_.at(service.pool.value);
    if (!is_programmed_here(service, pool)) return;
    const ServiceKey key = service_key_of(service);
    state_.services.emplace(key, Entry<Service>{make_value(key, service), service.header.origin});
    add_packet_rules(key, service);
    const ServiceVerdict verdict = judge(service, pool, conditions_.health);
    for (std::size_t i = 0; i < pool.members.size(); ++i) {
      const Member& member = pool.members[i];
      if (!verdict.members[i].weight) continue;
      const Endpoint endpoint = endpoint_of(service, member);
      const Destination value{forwarding_of(service, member), *verdict.members[i].weight, member.upper_threshold.value,
                              member.lower_threshold.value, tunnel_of(service, member)};
      state_.destinations.emplace(DestinationKey{key, endpoint.address, endpoint.port},
                                  Entry<Destination>{value, member.origin});
    }
    if (verdict.sorry) add_sorry_server(key, service);
  }

  void add_packet_rules(const ServiceKey& key, const VirtualService& service) {
    if (!has_packet_rules(service)) return;
    PacketRules rules;
    rules.source_nat = service.source_nat.value;
    if (service.syn_proxy)
      rules.syn_proxy = SynProxy{service.syn_proxy->mss.value, service.syn_proxy->window_scale.value};
    const Origin& origin = service.source_nat.value ? service.source_nat.origin : service.syn_proxy->origin;
    state_.packet_rules.emplace(key, Entry<PacketRules>{rules, origin});
    // Without it IPVS hides its connections from connection tracking, which both stand on.
    state_.sysctls.emplace(std::string(ipvs_conntrack), Entry<SysctlValue>{"1", origin});
  }

  void add_sorry_server(const ServiceKey& key, const VirtualService& service) {
    const SorryServer& sorry = *service.sorry_server;
    Destination value;
    value.forwarding = sorry.forwarding ? sorry.forwarding->value : service.forwarding.value;
    const std::uint16_t port = sorry.port ? sorry.port->value : key.port;
    state_.destinations.emplace(DestinationKey{key, sorry.address.value, port},
                                Entry<Destination>{value, sorry.origin});
  }

  /// For checks `via: vip`.
  void add_probe_paths() {
    for (const auto& [through, mark] : probe_marks(manifest_, node_)) {
      const ServiceKey key = ServiceKey::of_fwmark(through.family, mark);
      Service service;
      service.scheduler = "rr";
      service.granularity = host_granularity(through.family);
      normalise(key, service);
      state_.services.emplace(key, Entry<Service>{std::move(service), {}});
      const Destination destination{through.forwarding, 1, 0, 0, through.tunnel};
      state_.destinations.emplace(DestinationKey{key, through.member, 0}, Entry<Destination>{destination, {}});
      if (through.family != Family::ipv4) continue;
      state_.sysctls.emplace("net.ipv4.conf.all.accept_local", Entry<SysctlValue>{"1", {}});
    }
  }

  void add_virtual_addresses(const VirtualRouter& group) {
    const Router* router = find_router(group, node_);
    if (conditions_.vips_by_vrrp || router == nullptr || !conditions_.master_of.contains(group.header.name)) return;
    for (const VirtualAddress& address : group.addresses) {
      add_address(address_key(group, *router, address), address_value(address), address.address.origin);
    }
  }

  void add_address(const AddressKey& key, Address value, const Origin& origin) {
    normalise(key, value);
    state_.addresses.emplace(key, Entry<Address>{std::move(value), origin});
  }

  void add_static_address(const AddressDocument& document) {
    if (!names(document.nodes, node_)) return;
    Address value;
    value.scope = document.scope                     ? document.scope->value
                  : document.interface.value == "lo" ? Scope::host
                                                     : Scope::global;
    if (document.label) value.label = document.label->value;
    add_address({document.interface.value, document.address.value}, value, document.address.origin);
  }

  void add_real_server(const RealServer& server) {
    for (const auto& address : server.addresses) add_loopback(address.value, address.origin);
    for (const auto& device : server.tunnels) add_tunnel(device.value, device.origin);
    for (const VirtualService& service : manifest_.virtual_services) {
      const auto used = std::find_if(server.pools.begin(), server.pools.end(),
                                     [&](const auto& pool) { return pool.value == service.pool.value; });
      if (used != server.pools.end()) add_answering(service, used->origin);
    }
  }

  /// What answering for the VIP of `service` takes on a real server.
  void add_answering(const VirtualService& service, const Origin& origin) {
    const Pool& pool = *pools_.at(service.pool.value);
    const ServiceKey key = service_key_of(service);
    bool answers = false;
    for (const Member& member : pool.members) {
      const Forwarding forwarding = forwarding_of(service, member);
      answers = answers || forwarding == Forwarding::dr || forwarding == Forwarding::tun;
      if (forwarding == Forwarding::tun) {
        add_tunnel(tunnel_device(tunnel_of(service, member), member.address.value.family(), key.family()), origin);
      }
    }
    if (answers && service.address) add_loopback(service.address->value, origin);
  }

  void add_loopback(const IpAddress& vip, const Origin& origin) {
    const Prefix prefix{vip, static_cast<std::uint8_t>(vip.bits())};
    add_address({"lo", prefix}, {Scope::host, {}}, origin);
    if (!vip.is_ipv4()) return;  // neighbour discovery answers only for the addresses of the interface asked
    for (const char* interface : {"all", "lo"}) {
      const std::string prefix_text = std::string("net.ipv4.conf.") + interface;
      state_.sysctls.emplace(prefix_text + ".arp_ignore", Entry<SysctlValue>{"1", origin});
      state_.sysctls.emplace(prefix_text + ".arp_announce", Entry<SysctlValue>{"2", origin});
    }
  }

  void add_tunnel(const std::string& device, const Origin& origin) {
    state_.links.emplace(device, Entry<Link>{{true}, origin});
    if (!carries_ipv4(device)) return;
    // What comes out of the tunnel has the client's source address, which is not routed through the tunnel.
    // The kernel takes the larger of "all" and the device's own (ip_fib.h: IN_DEV_RPFILTER).
    for (const std::string& interface : {std::string("all"), device}) {
      state_.sysctls.emplace("net.ipv4.conf." + interface + ".rp_filter", Entry<SysctlValue>{"0", origin});
    }
  }

  void add_director(const Director& director) {
    if (!names(director.nodes, node_)) return;
    for (const auto& [timer, timeout] : director.timeouts) {
      state_.timeouts.insert_or_assign(timer, Entry<std::uint32_t>{whole_seconds(timeout.value), timeout.origin});
    }
    add_sysctls(director.sysctls);
    if (director.sync_daemon) add_sync_daemon(*director.sync_daemon);
  }

  void add_sync_daemon(const SyncDaemonSpec& spec) {
    SyncDaemon daemon;
    daemon.interface = spec.interface.value;
    daemon.sync_id = spec.sync_id.value;
    daemon.group = spec.group ? spec.group->value : *IpAddress::parse(sync_group);
    daemon.port = spec.port.value;
    daemon.ttl = spec.ttl.value;
    if (spec.max_length) daemon.max_length = spec.max_length->value;
    const bool sends =
        spec.role ? spec.role->value == DaemonRole::master : conditions_.master_of.contains(spec.router->value);
    state_.daemons.insert_or_assign(sends ? DaemonRole::master : DaemonRole::backup,
                                    Entry<SyncDaemon>{std::move(daemon), spec.origin});
  }

  void add_sysctls(const std::vector<SysctlSetting>& settings) {
    for (const SysctlSetting& setting : settings) {
      state_.sysctls.insert_or_assign(setting.name.value, Entry<SysctlValue>{setting.value.value, setting.name.origin});
    }
  }

  const Manifest& manifest_;
  const Conditions& conditions_;
  std::string_view node_;
  std::unordered_map<std::string_view, const Pool*> pools_;
  std::map<IpAddress, const VirtualRouter*> groups_;
  std::set<IpAddress> static_addresses_;
  State state_;
};

}  // namespace

ServiceKey service_key_of(const VirtualService& service) {
  if (service.fwmark) {
    const Family family = service.family ? service.family->value : Family::ipv4;
    return ServiceKey::of_fwmark(family, service.fwmark->value);
  }
  return {service.address->value, service.protocol ? service.protocol->value : Protocol::tcp,
          service.port ? service.port->value : std::uint16_t{0}, 0};
}

State render(const Manifest& manifest, const Conditions& conditions, std::string_view node) {
  return Projection(manifest, conditions, node).make();
}

std::vector<ProgrammedService> programmed_services(const Manifest& manifest, const Conditions& conditions,
                                                   std::string_view node) {
  return Projection(manifest, conditions, node).services(false);
}

std::vector<ProgrammedService> possible_services(const Manifest& manifest, std::string_view node) {
  const Conditions none;
  return Projection(manifest, none, node).services(true);
}

DrainRules drain_rules(const Manifest& manifest, const Conditions& conditions, std::string_view node) {
  DrainRules rules;
  for (const ProgrammedService& each : programmed_services(manifest, conditions, node)) {
    const Pool& pool = *each.pool;
    if (pool.health.drain.value == std::chrono::milliseconds(0)) continue;
    DrainRule& rule = rules[each.key];
    rule.time = pool.health.drain.value;
    const ServiceVerdict verdict = judge(*each.service, pool, conditions.health);
    for (std::size_t i = 0; i < pool.members.size(); ++i) {
      const Standing standing = verdict.members[i].standing;
      if (standing == Standing::draining) rule.drained.insert(endpoint_of(*each.service, pool.members[i]));
      if (standing == Standing::failed || standing == Standing::unknown || standing == Standing::disabled) {
        rule.failed.insert(endpoint_of(*each.service, pool.members[i]));
      }
    }
  }
  return rules;
}

}  // namespace ballast
