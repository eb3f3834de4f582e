// The frame of validation, what is common to all kinds, and the leaves that several parts use.
#include <algorithm>
#include <set>
#include <unordered_set>

#include "model/fields.hpp"
#include "model/validate_rules.hpp"

namespace ballast {

bool Gaps::in_kind(std::string_view kind) const {
  if (documents) return true;
  return std::any_of(objects.begin(), objects.end(), [&](const std::string* object) {
    return object == nullptr || (object->starts_with(kind) && object->substr(kind.size()).starts_with('/'));
  });
}

std::string first_at(const Origin& first) {
  return cat(" (first at ", first.text(), ")");
}

std::string_view object_of(const Origin& origin) {
  return origin.object() == nullptr ? std::string_view("an object without a name") : std::string_view(*origin.object());
}

void check_nodes(Validation& validation, const NodeList& nodes) {
  if (nodes.size() < 2) return;
  std::unordered_map<std::string_view, const Origin*> seen;
  for (const auto& node : nodes) {
    const auto [first, added] = seen.emplace(node.value, &node.origin);
    if (!added) {
      validation.report.add(node.origin, cat("node '", node.value, "' is listed twice", first_at(*first->second)));
    }
  }
}

bool check_vip(Validation& validation, const Located<IpAddress>& address) {
  const std::uint8_t all[4] = {255, 255, 255, 255};
  std::string_view why;
  if (address.value.is_unspecified()) why = "is the unspecified address";
  if (address.value.is_multicast()) why = "is a multicast address";
  if (address.value.is_loopback()) why = "is a loopback address";
  if (address.value == IpAddress::from_bytes(Family::ipv4, all)) why = "is the broadcast address";
  if (why.empty()) return false;
  validation.report.add(address.origin, cat(address.value.text(), " ", why, "; a VIP must be a unicast address"));
  return true;
}

void check_vip(Validation& validation, const Located<Prefix>& prefix) {
  const Prefix& value = prefix.value;
  if (check_vip(validation, Located<IpAddress>{value.address, prefix.origin})) return;
  if (value.length == 0) {
    validation.report.add(prefix.origin, cat(value.text(), ": a prefix length of 0 would make every address local"));
    return;
  }
  if (value.length + 1 >= value.address.bits()) return;  // no network's own address there (RFC 3021, RFC 6164)
  if (value.network() == value.address) {
    validation.report.add(prefix.origin,
                          cat(value.text(), " is the network's own address; a VIP must be a host in it"));
    return;
  }
  if (!value.address.is_ipv4()) return;
  auto bytes = value.address.bytes();
  for (int bit = 0; bit < value.length; ++bit) {
    auto& byte = bytes[static_cast<std::size_t>(bit / 8)];
    byte = static_cast<std::uint8_t>(byte | (0x80 >> (bit % 8)));
  }
  const std::uint8_t all[4] = {255, 255, 255, 255};
  if (std::equal(std::begin(all), std::end(all), bytes.begin())) {
    validation.report.add(prefix.origin,
                          cat(value.text(), " is the network's broadcast address; a VIP must be a host in it"));
  }
}

void check_tunnel(Validation& validation, const TunnelSpec& tunnel, const Header& header) {
  const TunnelType type = tunnel.type.value;
  const auto add = [&](const Origin& origin, std::string message) {
    validation.report.add(origin, std::move(message));
  };
  if (type == TunnelType::gue && !tunnel.port) {
    if (!validation.gaps.in(header)) add(tunnel.type.origin, "a gue tunnel needs 'port', the receiver's UDP port");
  }
  if (type != TunnelType::gue && tunnel.port) {
    add(tunnel.port->origin, cat("an ", text_of(type), " tunnel has no port; remove it, or write type: gue"));
  }
  const TunnelChecksum checksum = tunnel.checksum.value;
  if (type == TunnelType::ipip && checksum != TunnelChecksum::none) {
    add(tunnel.checksum.origin, "an ipip tunnel has no checksum; remove it");
  }
  if (type == TunnelType::gre && checksum == TunnelChecksum::remote) {
    add(tunnel.checksum.origin, "a gre tunnel knows the checksums none and full; remote needs type: gue");
  }
}

PoolDigest* find_pool(Validation& validation, const Located<std::string>& name) {
  if (!name.origin.known()) return nullptr;
  const auto found = validation.pools.find(name.value);
  if (found != validation.pools.end()) return &found->second;
  if (validation.gaps.documents) return nullptr;
  constexpr std::size_t most_comparisons = 200'000;  // guessing is a courtesy that may not cost seconds
  std::string guess;
  if (validation.comparisons + validation.pool_names.size() <= most_comparisons) {
    validation.comparisons += validation.pool_names.size();
    guess = suggestion(name.value, validation.pool_names);
  }
  validation.report.add(name.origin, cat("there is no Pool '", name.value, "'", guess));
  return nullptr;
}

namespace {

template <class T>
void check_unique(Validation& validation, const std::vector<T>& objects, std::string_view kind) {
  std::unordered_map<std::string_view, const Header*> seen;
  seen.reserve(objects.size());
  for (const T& object : objects) {
    const Header& header = object.header;
    if (!header.origin.known()) continue;
    const auto [first, added] = seen.emplace(header.name, &header);
    if (added) continue;
    validation.report.add(header.origin,
                          cat("duplicate ", kind, " '", header.name, "'", first_at(first->second->origin)));
  }
}

}  // namespace

void validate_names(Validation& validation) {
  const Manifest& manifest = validation.manifest;
  check_unique(validation, manifest.virtual_routers, "VirtualRouter");
  check_unique(validation, manifest.virtual_services, "VirtualService");
  check_unique(validation, manifest.pools, "Pool");
  check_unique(validation, manifest.real_servers, "RealServer");
  check_unique(validation, manifest.directors, "Director");
  check_unique(validation, manifest.sysctls, "Sysctl");
  check_unique(validation, manifest.addresses, "Address");
}

void validate(const Manifest& manifest, const Gaps& gaps, Report& report) {
  Validation validation{.manifest = manifest, .gaps = gaps, .report = report};
  validate_names(validation);
  validate_routers(validation);
  validate_addresses(validation);
  validate_pools(validation);
  validate_services(validation);
  validate_real_servers(validation);
  validate_node_settings(validation);
  validate_sync_daemons(validation);
}

Diagnostics validate(const Manifest& manifest) {
  Report report;
  validate(manifest, Gaps{}, report);
  return report.take();
}

std::vector<std::string_view> node_names(const Manifest& manifest) {
  std::set<std::string_view> names;
  const auto add = [&](const auto& objects) {
    for (const auto& object : objects) {
      for (const auto& node : object.nodes) names.insert(node.value);
    }
  };
  for (const VirtualRouter& router : manifest.virtual_routers) {
    for (const Router& each : router.routers) names.insert(each.node.value);
  }
  add(manifest.virtual_services);
  add(manifest.real_servers);
  add(manifest.directors);
  add(manifest.sysctls);
  add(manifest.addresses);
  return {names.begin(), names.end()};
}

}  // namespace ballast
