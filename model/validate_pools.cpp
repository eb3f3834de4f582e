// Pools by themselves, and the digests through which services are checked against them.
#include <algorithm>
#include <map>

#include "model/validate_rules.hpp"

namespace ballast {

PoolDigest::Class& PoolDigest::of(const std::optional<Located<Forwarding>>& forwarding) {
  if (!forwarding) return inherit;
  switch (forwarding->value) {
    case Forwarding::dr:
      return dr;
    case Forwarding::tun:
      return tun;
    case Forwarding::nat:
    case Forwarding::local:
    case Forwarding::bypass:
      break;
  }
  return nat;
}

namespace {

void check_member(Validation& validation, const Member& member, const Header& header) {
  Report& report = validation.report;
  if (member.address.origin.known() && (member.address.value.is_unspecified() || member.address.value.is_multicast())) {
    report.add(member.address.origin, cat(member.address.value.text(), " cannot be a real server's address"));
  }
  const std::uint32_t lower = member.lower_threshold.value;
  const std::uint32_t upper = member.upper_threshold.value;
  if (lower > upper && !validation.gaps.in(header)) {
    report.add(member.lower_threshold.origin,
               upper == 0 ? cat("lowerThreshold ", lower, " needs an upperThreshold of at least as much")
                          : cat("lowerThreshold ", lower, " is above upperThreshold ", upper));
  }
  if (!member.tunnel) return;
  check_tunnel(validation, *member.tunnel, header);
  if (member.forwarding && member.forwarding->value != Forwarding::tun) {
    report.add(member.forwarding->origin,
               cat("'tunnel' needs forwarding TUN, not ", text_of(member.forwarding->value)));
  }
}

void digest_member(PoolDigest& digest, const Member& member) {
  PoolDigest::Class& group = digest.of(member.forwarding);
  if (member.address.origin.known()) (member.address.value.is_ipv4() ? group.ipv4 : group.ipv6) = true;
  if (member.tunnel) group.tunnel = true;
  if (!member.port) return;
  if (group.ports == 0) {
    group.ports = 1;
    group.only_port = member.port->value;
  } else if (group.only_port != member.port->value) {
    group.ports = 2;
  }
}

std::string member_text(const Member& member) {
  return member.port ? endpoint_text(member.address.value, member.port->value) : member.address.value.text();
}

/// Members listed twice, and addresses listed both with and without a port.
void check_duplicates(Validation& validation, PoolDigest& digest) {
  std::vector<const Member*>& sorted = digest.by_address;
  sorted.reserve(digest.pool->members.size());
  for (const Member& member : digest.pool->members) {
    if (member.address.origin.known()) sorted.push_back(&member);
  }
  const auto key = [](const Member* member) {
    return std::pair<const IpAddress&, int>(member->address.value, member->port ? member->port->value : -1);
  };
  std::stable_sort(sorted.begin(), sorted.end(), [&](const Member* a, const Member* b) { return key(a) < key(b); });
  const Member* first = nullptr;     // of those with the same address and port
  const Member* portless = nullptr;  // of the same address; without a port sorts first
  for (const Member* member : sorted) {
    if (first != nullptr && key(first) == key(member)) {
      validation.report.add(member->address.origin,
                            cat("member ", member_text(*member), " is listed twice", first_at(first->address.origin)));
      continue;
    }
    first = member;
    if (!member->port) {
      portless = member;
    } else if (portless != nullptr && portless->address.value == member->address.value) {
      digest.ambiguous[member->port->value].push_back(member);
    }
  }
}

}  // namespace

void validate_pools(Validation& validation) {
  const auto& pools = validation.manifest.pools;
  validation.pools.reserve(pools.size());
  for (const Pool& pool : pools) {
    PoolDigest digest;
    digest.pool = &pool;
    for (const Member& member : pool.members) {
      check_member(validation, member, pool.header);
      digest_member(digest, member);
    }
    check_duplicates(validation, digest);
    check_pool_health(validation, digest);
    if (!pool.header.origin.known()) continue;
    if (validation.pools.emplace(pool.header.name, std::move(digest)).second) {
      validation.pool_names.push_back(pool.header.name);
    }
  }
}

}  // namespace ballast
