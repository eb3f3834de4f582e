// What a process leaves for the next one on this machine: that the node is in maintenance, that nothing is applied, and
// that VIPs were kept.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "controller/vrrp/plane.hpp"
#include "drivers/state_dir.hpp"

namespace ballast {

/// `ballast suspend`: nothing is applied.
struct Suspension {
  std::chrono::sys_time<std::chrono::milliseconds> since{};
  std::string reason;  ///< as the operator gave it; may be empty
};

class Handover {
 public:
  explicit Handover(const StateDir& directory) : directory_(directory) {}

  [[nodiscard]] bool in_maintenance() const;
  Result<void> set_maintenance(bool on) const;

  [[nodiscard]] std::optional<Suspension> suspension() const;
  Result<void> set_suspension(const std::optional<Suspension>& suspension) const;

  /// The VIPs of these routers stay.
  Result<void> leave(const vrrp::KeptRouters& kept) const;
  /// What leave() said, once: a later start finds nothing.
  [[nodiscard]] vrrp::KeptRouters take() const;

 private:
  const StateDir& directory_;
};

}  // namespace ballast
