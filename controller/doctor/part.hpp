// What a node is for: as the manifest has it, or without one as its kernel tells. Pure.
#pragma once

#include <string>
#include <vector>

#include "controller/doctor/facts.hpp"
#include "model/manifest.hpp"
#include "model/state.hpp"

namespace ballast::doctor {

/// A real server of a service.
struct Target {
  IpAddress address;
  Destination value;
  Origin origin;
};

struct DirectedService {
  ServiceKey key;
  std::string scheduler;
  std::string engine;  ///< of persistence; mostly empty
  std::vector<Target> targets;
  Origin origin;
};

/// A VirtualRouter that this node is a router of.
struct Group {
  std::string name;
  Family family = Family::ipv4;
  std::uint8_t vrid = 0;
  std::string interface;
  std::vector<IpAddress> addresses;
  std::vector<IpAddress> peers;  ///< other routers' sources, where the manifest says them
  bool unicast = false;
  bool authentication_header = false;
  std::chrono::milliseconds interval{};
  Origin origin;
};

/// A virtual IP that this node directs.
struct Vip {
  IpAddress address;
  std::string interface;  ///< where it is held or would be; empty where that is not known
  std::string network;    ///< the device by which it is asked for: with a virtual MAC that is another
  Origin origin;
};

struct Part {
  std::string node;
  bool from_manifest = false;
  bool director = false;
  bool real_server = false;
  std::vector<DirectedService> services;
  std::vector<Group> groups;
  std::vector<Vip> vips;
  /// The real server's half: VIPs that it answers for, and tunnel devices.
  std::map<IpAddress, Origin> answers_for;
  Table<std::string, Link> tunnels;

  [[nodiscard]] bool forwards(Forwarding forwarding) const;
  [[nodiscard]] bool directs(const IpAddress& vip) const;
  /// "director and real server"
  [[nodiscard]] std::string role() const;
};

/// `node` is one that the manifest names.
Part part_of(const Manifest& manifest, const std::string& node, const Facts& facts);
/// Without a manifest: what IPVS does, and what stands on lo.
Part observed_part(const std::string& node, const Facts& facts);

/// Without a manifest, a director's groups are those whose advertisements pass it.
void add_heard_groups(Part& part, const Wire& wire);

}  // namespace ballast::doctor
