#include "controller/vrrp/instances.hpp"

#include <algorithm>

#include "model/report.hpp"

namespace ballast::vrrp {
namespace {

/// The password in `text`, the content of `path`; what is wrong is said without quoting it.
Result<std::string> password_in(const std::string& text, const std::string& path) {
  std::string line = text.substr(0, text.find('\n'));
  if (line.ends_with('\r')) line.pop_back();
  const auto wrong = [&](const std::string& why) { return Error{cat("password file ", path, " ", why), 0}; };
  if (line.empty()) return wrong("has no password in its first line");
  if (line.find('\0') != std::string::npos)
    return wrong("has a NUL byte in its first line: VRRP ends a password there");
  if (line.size() > longest_password) {
    return wrong(cat("has a password of ", line.size(), " bytes and VRRP carries ", longest_password,
                     ": others would cut it silently, shorten it on all routers"));
  }
  return line;
}

Result<std::string> password_of(const GroupAuthentication& authentication, const ReadFile& read_file) {
  if (authentication.password) return Result<std::string>(authentication.password->value);
  const std::string& path = authentication.password_file->value;
  auto text = read_file(path);
  if (!text) return text;
  return password_in(*text, path);
}

Group make_group(const VirtualRouter& router, const Router& self) {
  Group group;
  group.version = static_cast<std::uint8_t>(router.version.value);
  group.family = router.family();
  group.vrid = static_cast<std::uint8_t>(router.virtual_router_id.value);
  group.interval = std::chrono::duration_cast<Centiseconds>(router.advertisement_interval.value);
  for (const VirtualAddress& each : router.addresses) {
    if (each.advertised.value) group.addresses.push_back(each.address.value.address);
  }
  if (router.authentication) {
    const bool pass = router.authentication->type.value == AuthenticationType::pass;
    group.authentication = pass ? Authentication::pass : Authentication::ah;
  }
  if (!router.unicast.value) return group;
  for (const Router& each : router.routers) {
    if (&each != &self) group.unicast_peers.push_back(each.source->value);
  }
  group.least_hop_limit = 1;
  return group;
}

Config make_config(const VirtualRouter& router, const Router& self) {
  Config config;
  config.name = router.header.name;
  config.group = make_group(router, self);
  config.priority = static_cast<std::uint8_t>(self.priority.value);
  config.preempt = router.preempt;
  config.preempt_delay = router.preempt_delay.value;
  const Announcements& announce = router.announce;
  config.announcing = {announce.count.value, announce.pacing.value, announce.delay.value, announce.refresh.value,
                       announce.refresh_count.value};
  return config;
}

Command make_command(const Program& program) {
  return {program.argv(), program.user ? program.user->value : std::string()};
}

TrackState initial_state(InitialState state) {
  switch (state) {
    case InitialState::passed:
      return TrackState::passed;
    case InitialState::failed:
      return TrackState::failed;
    case InitialState::unknown:
      break;
  }
  return TrackState::unknown;
}

TrackedCheck make_check(const Track& track) {
  TrackedCheck check;
  check.config.weight = track.weight.value;
  check.config.rise = track.rise.value;
  check.config.fall = track.fall.value;
  check.config.initial = initial_state(track.initial.value);
  if (track.interface) {
    check.config.kind = TrackKind::interface;
    check.config.name = track.interface->value;
    return check;
  }
  check.interval = track.interval.value;
  if (track.script) {
    check.config.kind = TrackKind::script;
    check.config.name = track.script->command.front().value;
    check.timeout = track.script->timeout.value;
    check.command = make_command(*track.script);
    return check;
  }
  check.config.kind = track.process ? TrackKind::process : TrackKind::file;
  check.config.name = track.process ? track.process->value : track.file->value;
  return check;
}

Instance make_instance(const VirtualRouter& router, const Router& self) {
  Instance instance;
  instance.config = make_config(router, self);
  instance.interface = interface_of(router, self);
  if (self.source) instance.source = self.source->value;
  instance.virtual_mac = router.virtual_mac.value;
  if (router.sync_group) instance.sync_group = router.sync_group->value;
  instance.config.in_sync_group = router.sync_group.has_value();
  for (const VirtualAddress& each : router.addresses) {
    Vip vip;
    vip.key = address_key(router, self, each);
    vip.value = address_value(each);
    instance.vips.push_back(std::move(vip));
  }
  for (const Track& track : router.track) instance.tracks.push_back(make_check(track));
  if (router.notify) instance.notify = make_command(*router.notify);
  instance.origin = router.header.origin;
  return instance;
}

/// An IPv6 VIP costs the more the more of them the node has, whichever router's they are.
void set_renewal_costs(std::vector<Instance>& instances) {
  const auto is_ipv6 = [](const Vip& vip) { return !vip.key.prefix.address.is_ipv4(); };
  std::ptrdiff_t ipv6_vips = 0;
  for (const Instance& each : instances) ipv6_vips += std::count_if(each.vips.begin(), each.vips.end(), is_ipv6);
  for (Instance& each : instances) {
    const std::ptrdiff_t own = std::count_if(each.vips.begin(), each.vips.end(), is_ipv6);
    const auto ipv4_vips = static_cast<std::ptrdiff_t>(each.vips.size()) - own;
    each.config.renewal_cost = ipv4_vips * renewal_cost_ipv4 + own * ipv6_vips * renewal_cost_per_ipv6_address;
  }
}

}  // namespace

Instances make_instances(const Manifest& manifest, std::string_view node, const ReadFile& read_file) {
  Instances made;
  for (const VirtualRouter& router : manifest.virtual_routers) {
    const Router* self = find_router(router, node);
    if (self == nullptr) continue;
    Instance instance = make_instance(router, *self);
    if (router.authentication) {
      auto password = password_of(*router.authentication, read_file);
      if (!password) {
        made.problems.push_back({router.authentication->password_file->origin, password.error().text});
        continue;
      }
      instance.config.group.password = std::move(*password);
    }
    made.instances.push_back(std::move(instance));
  }
  set_renewal_costs(made.instances);
  return made;
}

}  // namespace ballast::vrrp
