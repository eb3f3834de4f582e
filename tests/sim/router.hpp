// What runs on a simulated node: our machine, or a second implementation of RFC 9568 section 6.4 that shares nothing
// with it but the packets, as keepalived would be one. Where both are in one cluster, a mistake in the protocol shows.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "controller/vrrp/machine.hpp"

namespace ballast::sim {

class Router {
 public:
  virtual ~Router() = default;
  virtual std::vector<vrrp::Action> step(vrrp::Time now, const vrrp::Event& event) = 0;
  [[nodiscard]] virtual std::optional<vrrp::Time> next_deadline() const = 0;
  [[nodiscard]] virtual vrrp::Advertisement advertisement(const vrrp::SendAdvertisement& send) const = 0;
  [[nodiscard]] virtual vrrp::Role role() const = 0;
  /// How often it found that it had not run.
  [[nodiscard]] virtual std::uint64_t pauses() const { return 0; }
};

class OurRouter : public Router {
 public:
  explicit OurRouter(vrrp::Config config) : machine_(std::move(config)) {}
  std::vector<vrrp::Action> step(vrrp::Time now, const vrrp::Event& event) override {
    return machine_.step(now, event);
  }
  [[nodiscard]] std::optional<vrrp::Time> next_deadline() const override { return machine_.next_deadline(); }
  [[nodiscard]] vrrp::Advertisement advertisement(const vrrp::SendAdvertisement& send) const override {
    return machine_.advertisement(send);
  }
  [[nodiscard]] vrrp::Role role() const override { return machine_.role(); }
  [[nodiscard]] std::uint64_t pauses() const override { return machine_.status().pauses; }

 private:
  vrrp::Machine machine_;
};

/// Start, Timer, Packet, LinkChanged (for the address) and Stop; no leases, no faults, no preemption delay.
class ReferenceRouter : public Router {
 public:
  explicit ReferenceRouter(vrrp::Config config) : config_(std::move(config)), interval_(config_.group.interval) {}
  std::vector<vrrp::Action> step(vrrp::Time now, const vrrp::Event& event) override;
  [[nodiscard]] std::optional<vrrp::Time> next_deadline() const override { return timer_; }
  [[nodiscard]] vrrp::Advertisement advertisement(const vrrp::SendAdvertisement& send) const override;
  [[nodiscard]] vrrp::Role role() const override { return role_; }

 private:
  void receive(vrrp::Time now, const vrrp::Packet& packet);
  void to_master(vrrp::Time now);
  [[nodiscard]] vrrp::Duration skew() const;
  [[nodiscard]] vrrp::Duration master_down() const { return 3 * vrrp::Duration{interval_} + skew(); }

  vrrp::Config config_;
  vrrp::Centiseconds interval_;  // Active_Adver_Interval
  IpAddress address_;
  vrrp::Role role_ = vrrp::Role::init;
  std::optional<vrrp::Time> timer_;
  std::vector<vrrp::Action> out_;
};

}  // namespace ballast::sim
