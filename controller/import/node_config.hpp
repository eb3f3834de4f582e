// What one node's keepalived configuration says, in the manifest's words: parts of documents as JSON values, ready to
// be put together with those of the other nodes. A member named "#" is a comment: where the object was written.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "controller/import/section.hpp"
#include "model/ip.hpp"
#include "model/origin.hpp"

namespace ballast::keepalived {

using json = nlohmann::ordered_json;

inline constexpr const char* comment_key = "#";

/// A vrrp_instance: what all routers of the group have in common, and what is this node's own.
struct Instance {
  std::string name;
  Origin origin;
  int vrid = 0;
  std::string interface;
  int version = 2;
  milliseconds interval{1000};
  bool preempt = true;
  milliseconds preempt_delay{};
  std::vector<json> addresses;  ///< as the manifest has them, in the file's order
  std::vector<IpAddress> vips;  ///< the same as plain addresses
  std::optional<std::string> password;
  std::string authentication;  ///< PASS, AH
  bool unicast = false;
  std::string sync_group;
  bool virtual_mac = false;
  json announce = json::object();
  std::vector<json> track;
  json notify;
  // The node's own:
  int priority = 100;
  bool starts_as_master = false;
  std::optional<IpAddress> source;
  std::vector<IpAddress> peers;

  [[nodiscard]] Family family() const { return vips.front().family(); }
};

/// One IPVS service and its pool.
struct Service {
  std::string name;
  std::string key;  ///< the kernel's identity of it
  Origin origin;
  std::optional<IpAddress> address;  ///< none: a firewall mark
  json spec = json::object();        ///< without pool and nodes
  json pool = json::object();
};

struct StaticAddress {
  Origin origin;
  std::string name;
  json spec = json::object();  ///< without nodes
};

struct SyncDaemon {
  Origin origin;
  std::string interface;
  std::string instance;  ///< empty: both daemons run always
  std::optional<int> id;
  json more = json::object();  ///< maxLength, port, ttl, group
};

struct NodeConfig {
  std::string node;
  std::vector<Instance> instances;
  std::vector<Service> services;
  std::vector<StaticAddress> addresses;
  json timeouts;
  json email;
  Origin global_origin;
  std::optional<SyncDaemon> sync_daemon;
};

}  // namespace ballast::keepalived
