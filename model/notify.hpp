// Whom the operator wants told when members, services and this node's roles change: part of kinds VirtualService and
// Director. Plain values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/checks.hpp"
#include "model/virtual_router.hpp"

namespace ballast {

/// E-mail by SMTP, one message for what happens within a short time. TLS where the server offers STARTTLS, with any
/// certificate; from the beginning on port 465, with a right one.
struct Email {
  std::vector<Located<std::string>> to;  ///< at least one
  Located<std::string> from;             ///< required
  Located<std::string> server;           ///< required: "host:port", "host" is port 25; IPv6 in brackets
  Timeout timeout{default_check_timeout, {}};
  Origin origin;
  friend bool operator==(const Email& a, const Email& b) {
    return a.to == b.to && a.from == b.from && a.server == b.server && a.timeout == b.timeout;
  }
};

/// A service's: its members go and come, its quorum is lost and regained. What scripts find in their environment and
/// webhooks in their JSON: controller/notify/README.md.
struct ServiceNotify {
  std::optional<Program> script;
  std::optional<Located<std::string>> webhook;  ///< http:// or https:// URL that gets a POST of JSON
};

/// A node's: the same of all its services, and the roles of its VirtualRouters.
struct NodeNotify : ServiceNotify {
  std::optional<Email> email;
};

}  // namespace ballast
