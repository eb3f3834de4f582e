#include "controller/runtime/manifests.hpp"

#include <cerrno>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "controller/node.hpp"
#include "controller/report/log.hpp"
#include "controller/runtime/status.hpp"

namespace ballast {

Manifests::Manifests(const std::string& node, Enact enact)
    : node_(node.empty() ? host_name() : node), enact_(std::move(enact)) {
  options_.node = node;
  options_.may_be_absent = false;
}

bool Manifests::is_known(const Snapshot& snapshot) const {
  const std::string& id = snapshot.revision.id;
  if (in_force_ && id == in_force_->revision.id) return true;
  if (held_ && id == held_->revision.id) return true;
  if (handed_ && id == source_id_) return true;
  // What it lacked may be there now: a file that it refers to, or a key that it is signed with.
  return id == refused_ && !snapshot.diagnostics.empty() && diagnostics_text(snapshot) == refusal_;
}

Result<std::string> Manifests::judge(const Snapshot& snapshot) const {
  if (!snapshot.diagnostics.empty()) return Error{diagnostics_text(snapshot), 0};
  return find_node(snapshot.manifest, options_);
}

Outcome Manifests::refuse(const std::string& id, const std::string& why, bool asked_for) {
  const bool is_new = id != refused_ || why != refusal_;
  held_.reset();
  refused_ = id;
  refusal_ = why;
  if (!is_new && !asked_for) return Outcome::refused;
  log_line(LogLevel::error, why, {{"revision", id}});
  log_line(LogLevel::error,
           in_force_ ? fmt::format("manifest {} is not valid; {} stays in force", id, in_force_->revision.id)
                     : fmt::format("manifest {} is not valid; none is in force, nothing is touched", id),
           {{"revision", id}});
  return Outcome::refused;
}

Outcome Manifests::offer(const std::shared_ptr<const Snapshot>& snapshot, const std::string& too_much, bool asked_for) {
  const std::string& id = snapshot->revision.id;
  if (!asked_for && is_known(*snapshot)) {
    // Back at what is in force: what was read in between is of no interest any more.
    if (in_force_ && id == in_force_->revision.id) forget_others();
    return Outcome::unchanged;
  }
  source_id_ = id;
  const auto node = judge(*snapshot);
  if (!node) return refuse(id, node.error().text, asked_for);
  if (!too_much.empty()) {
    forget_others();
    held_ = snapshot;
    held_node_ = *node;
    held_why_ = too_much;
    log_line(LogLevel::error,
             fmt::format("manifest {} is held, {} stays in force: {}; `ballast approve {}` puts it in force", id,
                         in_force_->revision.id, held_why_, id),
             {{"revision", id}});
    return Outcome::held;
  }
  if (auto done = put_in_force(snapshot, *node); !done) return refuse(id, done.error().text, asked_for);
  forget_others();
  handed_ = false;
  return Outcome::in_force;
}

Result<void> Manifests::begin_with(const std::shared_ptr<const Snapshot>& snapshot) {
  const auto node = judge(*snapshot);
  if (!node) return node.error();
  source_id_ = snapshot->revision.id;
  return put_in_force(snapshot, *node);
}

Result<void> Manifests::approve(const std::string& revision) {
  if (!held_) return Error{"no manifest is held", EBUSY};
  if (held_->revision.id != revision && (held_->revision.commit.empty() || held_->revision.commit != revision)) {
    return Error{fmt::format("manifest {} is held, not {}", held_->revision.id, revision), EBUSY};
  }
  log_line(LogLevel::notice, fmt::format("manifest {} is approved", revision), {{"revision", revision}});
  if (auto done = put_in_force(std::shared_ptr(held_), std::string(held_node_)); !done) return done;
  forget_others();
  handed_ = false;
  return {};
}

Result<void> Manifests::hand_over(const std::shared_ptr<const Snapshot>& snapshot, const std::string& node) {
  auto done = put_in_force(snapshot, node);
  if (done) handed_ = snapshot->revision.id != source_id_;
  return done;
}

Result<void> Manifests::put_back(const Earlier& earlier) {
  auto done = put_in_force(earlier.snapshot, earlier.node);
  if (done) handed_ = earlier.handed;
  return done;
}

Result<void> Manifests::put_in_force(const std::shared_ptr<const Snapshot>& snapshot, const std::string& node) {
  const auto before = std::exchange(in_force_, snapshot);
  const std::string node_before = std::exchange(node_, node);
  if (auto done = enact_(snapshot); !done) {
    in_force_ = before;
    node_ = node_before;
    return done;
  }
  in_force_since_ = http::wall_time();
  return {};
}

void Manifests::forget_others() {
  held_.reset();
  held_why_.clear();
  refused_.clear();
  refusal_.clear();
}

http::ManifestStatus Manifests::status() const {
  http::ManifestStatus status;
  if (in_force_) {
    status.revision = in_force_->revision.id;
    status.current = revision_status(in_force_->revision, in_force_since_);
  }
  status.refused = refused_;
  status.error = refusal_;
  status.held = held_ ? held_->revision.id : "";
  status.reason = held_ ? held_why_ : "";
  status.handed = handed_;
  return status;
}

}  // namespace ballast
