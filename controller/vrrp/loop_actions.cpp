// What the machines decide, carried out: packets, addresses, announcements, log lines; and what they are told of their
// interface.
#include "controller/vrrp/loop.hpp"
#include "controller/vrrp/sync_group.hpp"

namespace ballast::vrrp {

namespace {

VirtualMac virtual_mac_of(const Instance& instance) {
  const Group& group = instance.config.group;
  return {virtual_mac_device(group.family, group.vrid), instance.interface, group.family, group.vrid};
}

}  // namespace

/// What a process before this one has left, and this one does not want.
void Plane::Loop::take_up_virtual_macs() {
  std::vector<VirtualMac> wanted;
  for (const auto& router : routers_) {
    if (router->instance.virtual_mac) wanted.push_back(virtual_mac_of(router->instance));
  }
  for (const std::string& trouble : virtual_macs_.take_up(wanted)) {
    callbacks_.log("virtual MACs", {Level::error, trouble});
  }
}

void Plane::Loop::step(Router& router, const Event& event) {
  for (const Action& action : router.machine.step(monotonic_now(), event)) perform(router, action);
  // What came of them is told after all of them are done.
  tell_answers(router);
}

void Plane::Loop::tell_answers(Router& router) {
  while (!router.answers.empty()) {
    const Event answer = std::move(router.answers.front());
    router.answers.erase(router.answers.begin());
    for (const Action& action : router.machine.step(monotonic_now(), answer)) perform(router, action);
  }
}

void Plane::Loop::perform(Router& router, const Action& action) {
  std::visit([&](const auto& item) { perform(router, item); }, action);
}

void Plane::Loop::perform(Router& router, const SendAdvertisement& action) {
  const Channels::Sent sent = channels_.send(router.channel, router.instance.config.group,
                                             router.machine.advertisement(action), router.footing.source);
  if (sent.trouble != router.send_trouble && !sent.trouble.empty()) {
    log(router, Level::error, "cannot advertise: " + sent.trouble);
  }
  if (!sent.any || !router.is_heard) router.answers.emplace_back(Advertised{sent.any ? "" : sent.trouble});
  router.is_heard = sent.any;
  router.send_trouble = sent.trouble;
}

void Plane::Loop::perform(Router& router, const AddAddresses& action) {
  router.holder.add(action.lease);
  take_outcome(router);
}

void Plane::Loop::perform(Router& router, const RenewAddresses& action) {
  router.holder.renew(action.lease);
  take_outcome(router);
}

/// What came of adding or renewing becomes an answer to the machine.
void Plane::Loop::take_outcome(Router& router) {
  const auto outcome = router.holder.take_outcome();
  if (!outcome) return;
  if (outcome->added) {
    router.answers.emplace_back(AddressesAdded{});
  } else {
    router.answers.emplace_back(AddressesFailed{outcome->trouble});
  }
}

void Plane::Loop::perform(Router& router, const RemoveAddresses&) {
  const std::string trouble = router.holder.remove();
  if (!trouble.empty()) log(router, Level::error, "cannot remove " + trouble);
}

void Plane::Loop::perform(Router& router, const Announce& action) {
  router.holder.announce(monotonic_now(), action);
}

void Plane::Loop::perform(Router& router, const Notify& action) {
  callbacks_.role_changed({router.instance.config.name, action});
}

void Plane::Loop::perform(Router& router, const Log& action) {
  log(router, action.level, action.text);
}

void Plane::Loop::log(const Router& router, Level level, std::string text, std::string repaired) {
  callbacks_.log(router.instance.config.name, {level, std::move(text), std::move(repaired)});
}

void Plane::Loop::find_footing(Router& router) {
  const Group& group = router.instance.config.group;
  Footing footing = scene_.footing(router.instance.interface, group.family, router.instance.source, router.vips);
  if (footing.up) {
    footing.reason = scene_.too_large(router.instance.interface, group);
    footing.up = footing.reason.empty();
  }
  if (footing.up && router.instance.virtual_mac) {
    footing.reason = make_virtual_mac(router);
    footing.up = footing.reason.empty();
    footing.index = router.device_index;
  }
  if (footing.up) {
    footing.reason = channels_.open(router.channel, footing.index);
    footing.up = footing.reason.empty();
  }
  if (router.told_footing && footing == router.footing) return;
  router.footing = footing;
  router.told_footing = true;
  step(router, LinkChanged{footing.up, footing.source, footing.reason});
}

/// Empty, or why the device cannot be had.
std::string Plane::Loop::make_virtual_mac(Router& router) {
  const std::string& device = router.channel.interface;
  if (router.device_index != 0 && scene_.index_of(device) == router.device_index) return {};
  const auto made = virtual_macs_.create(virtual_mac_of(router.instance));
  if (!made) return made.error().text;
  router.device_index = *made;
  if (auto view = monitor_->look()) scene_.reset(*view);
  return {};
}

void Plane::Loop::remove_virtual_mac(Router& router) {
  if (router.device_index == 0) return;
  const auto removed = virtual_macs_.remove(virtual_mac_of(router.instance));
  if (!removed) log(router, Level::error, removed.error().text);
  router.device_index = 0;
}

void Plane::Loop::remove_virtual_macs() {
  for (auto& router : routers_) remove_virtual_mac(*router);
}

}  // namespace ballast::vrrp
