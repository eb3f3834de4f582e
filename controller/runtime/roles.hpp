// What decides whether this node is MASTER: the VRRP plane, the checks that priorities depend on, and the operator's
// programs that are told of changes.
// Threads: the loop's only; the plane has one of its own.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/runtime/notifier.hpp"
#include "controller/runtime/tracking.hpp"
#include "controller/vrrp/plane.hpp"
#include "model/manifest.hpp"

namespace boost::asio {
class io_context;
}

namespace ballast {

using RouterNames = std::set<std::string, std::less<>>;

/// What the plane runs on this node. Errors: a password file.
Result<std::vector<vrrp::Instance>> instances_of(const Manifest& manifest, std::string_view node);

class Roles {
 public:
  /// `changed` is called after each change of a role, `repaired` when a VIP that somebody else changed was put right.
  Roles(boost::asio::io_context& loop, vrrp::PlaneOptions options, std::function<void(const vrrp::RoleChange&)> changed,
        std::function<void(const std::string& router, const vrrp::Log&)> repaired);

  Result<void> start(const std::vector<vrrp::Instance>& instances);
  /// A new manifest: Plane::replace.
  void replace(const std::vector<vrrp::Instance>& instances);
  /// Releases what is held, or with `keep` leaves it to a successor: what that must know.
  vrrp::KeptRouters stop(bool keep);
  /// Calls `then` once no program runs any more. The last changes of role must have been taken from the loop.
  void when_idle(std::function<void()> then);

  void set_eligibility(bool eligible, const std::string& reason);
  void set_maintenance(bool on) { plane_->set_maintenance(on); }
  Result<void> fail_over(const std::string& router) { return plane_->failover(router); }

  /// Whether it goes on with VIPs that a predecessor has left: the node serves, whatever is not known anew yet.
  [[nodiscard]] bool succeeds() const;
  /// The VirtualRouters for which this node is MASTER.
  [[nodiscard]] const RouterNames& masters() const { return masters_; }
  /// The roles that were told last; routers that have none yet lack.
  [[nodiscard]] const std::map<std::string, vrrp::Role, std::less<>>& roles() const { return roles_told_; }
  [[nodiscard]] std::vector<vrrp::RouterStatus> status() { return plane_->status(); }
  void check_in(std::function<void()> answered) { plane_->check_in(std::move(answered)); }

 private:
  void take(const vrrp::RoleChange& change);
  void track(const std::vector<vrrp::Instance>& instances);
  [[nodiscard]] bool holds(const vrrp::Config& router) const;
  /// When the lease ends that a predecessor has left; long ago where it has left none.
  [[nodiscard]] vrrp::Time kept_until(const vrrp::Config& router) const;

  boost::asio::io_context& loop_;
  vrrp::PlaneOptions options_;
  vrrp::Time kept_until_{};  // of all
  std::function<void(const vrrp::RoleChange&)> changed_;
  std::function<void(const std::string&, const vrrp::Log&)> repaired_;
  std::optional<Notifier> notifier_;
  std::optional<vrrp::Plane> plane_;
  std::unique_ptr<Tracking> tracking_;
  RouterNames masters_;
  std::map<std::string, vrrp::Role, std::less<>> roles_told_;
  std::optional<std::string> told_;  // why not eligible, as the plane was told last
};

}  // namespace ballast
