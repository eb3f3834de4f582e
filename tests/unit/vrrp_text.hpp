// VRRP values as text, so that a test compares a whole list of actions at a glance.
#pragma once

#include <string>
#include <vector>

#include "controller/vrrp/machine.hpp"

namespace ballast::vrrp {

inline std::string text_of(const Action& action) {
  struct Teller {
    std::string operator()(const SendAdvertisement& send) const { return "send " + std::to_string(send.priority); }
    std::string operator()(const AddAddresses& add) const { return "add " + std::to_string(add.lease.count()) + "s"; }
    std::string operator()(const RenewAddresses& renew) const {
      return "renew " + std::to_string(renew.lease.count()) + "s";
    }
    std::string operator()(const RemoveAddresses&) const { return "remove"; }
    std::string operator()(const Announce& announce) const { return "announce " + std::to_string(announce.count); }
    std::string operator()(const Notify& notify) const {
      return std::string(text_of(notify.from)) + " -> " + std::string(text_of(notify.to)) + ": " + notify.reason;
    }
    std::string operator()(const Log& log) const {
      const char* level = log.level == Level::info ? "info" : log.level == Level::warning ? "warning" : "error";
      return std::string(level) + ": " + log.text;
    }
  };
  return std::visit(Teller{}, action);
}

using Lines = std::vector<std::string>;

inline Lines lines_of(const std::vector<Action>& actions) {
  Lines lines;
  for (const Action& action : actions) lines.push_back(text_of(action));
  return lines;
}

inline std::string joined(const Lines& lines) {
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  return all;
}

inline IpAddress address(const std::string& text) {
  return *IpAddress::parse(text);
}

/// A machine with its clock; `expect` compares everything that one event leads to.
struct Bench {
  explicit Bench(Config config) : machine(std::move(config)) {}

  static Config config(std::uint8_t priority) {
    Config made;
    made.name = "web";
    made.group.vrid = 41;
    made.group.addresses = {address("10.0.0.100")};
    made.priority = priority;
    return made;
  }

  std::string tell(const Event& event) { return joined(lines_of(machine.step(now, event))); }

  /// Lets time pass up to the next deadline, `late` after it.
  std::string tick(Duration late = Duration{0}) {
    now = *machine.next_deadline() + late;
    return tell(Timer{});
  }

  std::string hear(std::uint8_t priority, const std::string& from = "10.0.0.9") {
    Advertisement sent;
    sent.version = machine.config().group.version;
    sent.vrid = machine.config().group.vrid;
    sent.priority = priority;
    sent.interval = peer_interval.value_or(machine.config().group.interval);
    sent.addresses = machine.config().group.addresses;
    sent.authentication = machine.config().group.authentication;
    return hear(sent, from);
  }
  std::string hear(const Advertisement& sent, const std::string& from) {
    const Group& group = machine.config().group;
    const IpHeaderFacts facts{address(from), multicast_group(group.family), 255, protocol_of(group), 7};
    const Bytes bytes = encode(sent, group, facts);
    return tell(Packet{bytes, facts});
  }

  void ready() {
    tell(LinkChanged{true, source, ""});
    tell(Eligibility{true, ""});
  }
  void start_backup() {
    ready();
    tell(Start{});
  }
  /// MASTER with its addresses, two seconds before the second announcement is due.
  void start_master() {
    start_backup();
    tick();
    tell(AddressesAdded{});
  }

  Machine machine;
  Time now = std::chrono::hours{1};
  IpAddress source = address("10.0.0.5");
  std::optional<Centiseconds> peer_interval;
};

}  // namespace ballast::vrrp
