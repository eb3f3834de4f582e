#include "model/probe_path.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "model/render.hpp"

namespace ballast {
namespace {

auto parts_of(const ThroughMember& through) {
  return std::tie(through.family, through.member, through.forwarding, through.tunnel.type, through.tunnel.port,
                  through.tunnel.checksum);
}

/// FNV-1a.
std::uint32_t hash_of(const ThroughMember& through) {
  std::uint32_t hash = 2166136261U;
  const auto mix = [&](std::uint32_t byte) { hash = (hash ^ byte) * 16777619U; };
  mix(through.family == Family::ipv4 ? 4 : 6);
  for (const auto byte : through.member.bytes()) mix(static_cast<std::uint32_t>(byte));
  mix(static_cast<std::uint32_t>(through.forwarding));
  mix(static_cast<std::uint32_t>(through.tunnel.type));
  mix(through.tunnel.port & 0xffU);
  mix(through.tunnel.port >> 8U);
  return hash;
}

bool asks_vip(const Pool& pool) {
  return std::any_of(pool.checks.begin(), pool.checks.end(),
                     [](const Check& check) { return check.via.value == CheckPath::vip; });
}

}  // namespace

Forwarding forwarding_of(const VirtualService& service, const Member& member) {
  return member.forwarding ? member.forwarding->value : service.forwarding.value;
}

Tunnel tunnel_of(const VirtualService& service, const Member& member) {
  const auto& spec = member.tunnel ? member.tunnel : service.tunnel;
  if (!spec || forwarding_of(service, member) != Forwarding::tun) return {};
  return {spec->type.value, spec->port ? spec->port->value : std::uint16_t{0}, spec->checksum.value};
}

bool operator<(const ThroughMember& a, const ThroughMember& b) {
  return parts_of(a) < parts_of(b);
}

ThroughMember through_member(const VirtualService& service, const Member& member) {
  return {service.address->value.family(), member.address.value, forwarding_of(service, member),
          tunnel_of(service, member)};
}

std::map<ThroughMember, std::uint32_t> probe_marks(const Manifest& manifest, std::string_view node) {
  std::map<ThroughMember, std::uint32_t> marks;
  if (std::none_of(manifest.pools.begin(), manifest.pools.end(), asks_vip)) return marks;
  for (const ProgrammedService& each : possible_services(manifest, node)) {
    if (!each.service->address || !asks_vip(*each.pool)) continue;
    for (const Member& member : each.pool->members) marks.try_emplace(through_member(*each.service, member), 0);
  }
  constexpr std::uint32_t range = last_probe_mark - first_probe_mark + 1;
  std::set<std::uint32_t> taken;
  for (auto& [through, mark] : marks) {
    if (taken.size() == range) break;  // a million members: those beyond are probed without a path of their own
    mark = hash_of(through) % range;
    while (!taken.insert(first_probe_mark + mark).second) mark = (mark + 1) % range;
    mark += first_probe_mark;
  }
  return marks;
}

}  // namespace ballast
