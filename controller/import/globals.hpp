// global_defs: defaults for what follows, and the node's own settings.
#pragma once

#include "controller/import/node_config.hpp"

namespace ballast::keepalived {

/// What a vrrp_instance may override.
struct AnnounceText {
  std::optional<std::int64_t> repeat;
  std::optional<milliseconds> delay;
  std::optional<milliseconds> refresh;
  std::optional<std::int64_t> refresh_repeat;
};

struct Globals {
  int version = 2;
  std::string default_interface = "eth0";
  std::optional<std::string> script_user;
  AnnounceText announce;
  std::optional<milliseconds> garp_interval;
  std::optional<milliseconds> gna_interval;
  std::optional<bool> alert;          ///< smtp_alert
  std::optional<bool> alert_vrrp;     ///< else `alert`
  std::optional<bool> alert_checker;  ///< else `alert`
};

/// Reads every global_defs of `root`, and writes into `node` what is the node's own.
Globals read_globals(Section& root, NodeConfig& node);

/// garp_* of an instance, or vrrp_garp_* with `prefix`.
AnnounceText read_announce(Section& section, const std::string& prefix);

}  // namespace ballast::keepalived
