// RFC 9568 section 6.4, step by step as its text has it, with the intervals of RFC 3768 for VRRPv2.
#include "tests/sim/router.hpp"

namespace ballast::sim {

using namespace vrrp;

std::vector<Action> ReferenceRouter::step(Time now, const Event& event) {
  out_.clear();
  if (const auto* link = std::get_if<LinkChanged>(&event)) address_ = link->source;
  if (std::holds_alternative<Start>(event)) {
    role_ = Role::backup;
    timer_ = now + master_down();
  } else if (std::holds_alternative<Stop>(event)) {
    if (role_ == Role::master) {
      out_.emplace_back(SendAdvertisement{0, 0});
      out_.emplace_back(RemoveAddresses{});
    }
    role_ = Role::init;
    timer_.reset();
  } else if (std::holds_alternative<Timer>(event) && timer_ && *timer_ <= now) {
    to_master(now);
  } else if (const auto* packet = std::get_if<Packet>(&event)) {
    receive(now, *packet);
  }
  return std::move(out_);
}

void ReferenceRouter::to_master(Time now) {
  out_.emplace_back(SendAdvertisement{config_.priority, 0});
  if (role_ != Role::master) out_.emplace_back(AddAddresses{std::chrono::hours{1000}});
  role_ = Role::master;
  timer_ = now + config_.group.interval;
}

void ReferenceRouter::receive(Time now, const Packet& packet) {
  const Decoding decoding = decode(packet.payload, packet.facts, config_.group);
  if (!std::holds_alternative<Decoded>(decoding)) return;
  const Advertisement& heard = std::get<Decoded>(decoding).advertisement;
  if (role_ == Role::backup) {
    if (heard.priority == 0) {
      timer_ = now + skew();
    } else if (!config_.preempt || heard.priority >= config_.priority) {
      interval_ = heard.interval;
      timer_ = now + master_down();
    }
  } else if (role_ == Role::master) {
    const bool higher = heard.priority > config_.priority ||
                        (heard.priority == config_.priority && packet.facts.source.bytes() > address_.bytes());
    if (heard.priority != 0 && higher) {
      out_.emplace_back(RemoveAddresses{});
      role_ = Role::backup;
      interval_ = heard.interval;
      timer_ = now + master_down();
    } else {
      to_master(now);
    }
  }
}

Duration ReferenceRouter::skew() const {
  const Duration unit = config_.group.version == 2 ? Duration{std::chrono::seconds{1}} : Duration{interval_};
  return unit * (256 - config_.priority) / 256;
}

Advertisement ReferenceRouter::advertisement(const SendAdvertisement& send) const {
  Advertisement sent;
  sent.version = config_.group.version;
  sent.vrid = config_.group.vrid;
  sent.priority = send.priority;
  sent.interval = config_.group.interval;
  sent.addresses = config_.group.addresses;
  return sent;
}

}  // namespace ballast::sim
