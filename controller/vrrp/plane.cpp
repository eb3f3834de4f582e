// The plane's public side: a thread that runs the loop, and tasks for it.
#include "controller/vrrp/plane.hpp"

#include <cerrno>
#include <future>

#include "controller/vrrp/loop.hpp"

namespace ballast::vrrp {

Plane::Plane(std::vector<Instance> instances, PlaneOptions options, PlaneCallbacks callbacks)
    : loop_(std::make_unique<Loop>(std::move(instances), options, std::move(callbacks))) {}

Plane::~Plane() {
  stop(false);
}

Result<void> Plane::start() {
  return loop_->start();
}

KeptRouters Plane::stop(bool keep) {
  return loop_->stop(keep);
}

void Plane::set_eligibility(bool eligible, std::string reason) {
  loop_->post([event = Eligibility{eligible, std::move(reason)}](Loop& loop) { loop.take_eligibility(event); });
}

void Plane::replace(std::vector<Instance> instances) {
  loop_->post([instances = std::move(instances)](Loop& loop) { loop.replace(instances); });
}

void Plane::set_maintenance(bool on) {
  loop_->post([on](Loop& loop) { loop.take_maintenance(on); });
}

void Plane::set_priority(const std::string& router, PriorityChanged change) {
  loop_->post([router, change](Loop& loop) { loop.tell(router, change); });
}

Result<void> Plane::failover(const std::string& router) {
  return loop_->ask<Result<void>>([router](Loop& loop) -> Result<void> {
    const Machine* machine = loop.find(router);
    if (machine == nullptr) return Error{"this node has no VirtualRouter '" + router + "'", ENOENT};
    if (machine->role() != Role::master) return Error{"VirtualRouter " + router + " is not MASTER here", EBUSY};
    loop.tell(router, FailoverRequested{});
    return {};
  });
}

void Plane::check_in(std::function<void()> answered) {
  loop_->post([answered = std::move(answered)](Loop&) { answered(); });
}

std::vector<RouterStatus> Plane::status() {
  return loop_->ask<std::vector<RouterStatus>>([](Loop& loop) { return loop.status(); });
}

}  // namespace ballast::vrrp
