// The plane's routers: made from instances, and brought in line with a new manifest while they run.
#include <algorithm>
#include <map>

#include "controller/vrrp/loop.hpp"

namespace ballast::vrrp {
namespace {

ChannelKey channel_of(const Instance& instance) {
  const Group& group = instance.config.group;
  return channel_key(group, instance.virtual_mac ? virtual_mac_device(group.family, group.vrid) : instance.interface);
}

}  // namespace

std::unique_ptr<Plane::Loop::Router> Plane::Loop::make_router(const Instance& instance) {
  return std::make_unique<Router>(instance, channel_of(instance),
                                  Holder(addresses_, *announcer_, instance.vips, instance.config.renewal_cost, true));
}

void Plane::Loop::form_groups() {
  std::map<std::string, std::vector<Router*>> groups;
  for (const auto& router : routers_) {
    if (!router->instance.sync_group.empty()) groups[router->instance.sync_group].push_back(router.get());
  }
  groups_.clear();
  for (auto& [name, members] : groups) groups_.push_back(std::move(members));
}

bool Plane::Loop::Router::takes(const Instance& what, const ChannelKey& socket) const {
  const Group& now = instance.config.group;
  const Group& next = what.config.group;
  return channel == socket && instance.interface == what.interface && instance.virtual_mac == what.virtual_mac &&
         instance.sync_group == what.sync_group && now.vrid == next.vrid && now.version == next.version;
}

void Plane::Loop::replace(std::vector<Instance> instances) {
  std::vector<std::unique_ptr<Router>> before = std::exchange(routers_, {});
  std::vector<Router*> added;
  for (const Instance& instance : instances) {
    const auto old = std::find_if(before.begin(), before.end(), [&](const auto& router) {
      return router && router->instance.config.name == instance.config.name &&
             router->takes(instance, channel_of(instance));
    });
    if (old != before.end()) {
      routers_.push_back(std::move(*old));
      reconfigure(*routers_.back(), instance);
    } else {
      routers_.push_back(make_router(instance));
      added.push_back(routers_.back().get());
    }
  }
  // What goes releases its VIPs before what comes may want them.
  for (auto& router : before) {
    if (router) discard(*router);
  }
  form_groups();
  for (Router* router : added) {
    step(*router, Maintenance{maintenance_});
    step(*router, eligibility_);
    find_footing(*router);
    if (started_) step(*router, Start{});
  }
  synchronise_groups();
}

void Plane::Loop::reconfigure(Router& router, const Instance& instance) {
  router.instance = instance;
  router.vips.clear();
  for (const Vip& vip : instance.vips) router.vips.push_back(vip.key.prefix.address);
  if (const std::string trouble = router.holder.replace(instance.vips, instance.config.renewal_cost);
      !trouble.empty()) {
    log(router, Level::error, "cannot remove " + trouble);
  }
  step(router, Reconfigured{&router.instance.config});
  if (instance.tracks.empty()) step(router, PriorityChanged{instance.config.priority, {}});  // else tracking tells it
  find_footing(router);  // the source may be another one
}

void Plane::Loop::discard(Router& router) {
  step(router, Stop{});
  remove_virtual_mac(router);
}

}  // namespace ballast::vrrp
