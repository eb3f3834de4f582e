// From the manifest to what the VRRP plane runs on one node: an Instance for each VirtualRouter that the node is a
// router of. Pure but for the reader of password files, which is passed in.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/vrrp/machine.hpp"
#include "controller/vrrp/tracking.hpp"
#include "drivers/vip_addresses.hpp"
#include "model/manifest.hpp"

namespace ballast::vrrp {

/// A program to run as a child.
struct Command {
  std::vector<std::string> argv;
  std::string user;  ///< empty: an unprivileged user

  friend bool operator==(const Command&, const Command&) = default;
};

/// A check and what it does to the priority. `config.name` is the interface, program, process or file.
struct TrackedCheck {
  TrackConfig config;
  Duration interval{};  ///< 0 of an interface: the kernel tells
  Duration timeout{};   ///< of a script
  Command command;      ///< of a script

  friend bool operator==(const TrackedCheck&, const TrackedCheck&) = default;
};

struct Instance {
  Config config;
  std::string interface;  ///< the router's; of a virtual MAC, the parent
  std::optional<IpAddress> source;
  bool virtual_mac = false;  ///< on the device virtual_mac_device()
  std::string sync_group;    ///< empty: none; else this node has another instance in it
  std::vector<Vip> vips;     ///< all that are held, those of config.group.addresses among them
  std::vector<TrackedCheck> tracks;
  std::optional<Command> notify;
  Origin origin;
};

/// The content of a file.
using ReadFile = std::function<Result<std::string>(const std::string& path)>;

struct Instances {
  std::vector<Instance> instances;  ///< in the manifest's order
  Diagnostics problems;             ///< password files; their VirtualRouters are missing above
};

/// `manifest` must be valid. Of a password file, the first line counts.
Instances make_instances(const Manifest& manifest, std::string_view node, const ReadFile& read_file);

}  // namespace ballast::vrrp
