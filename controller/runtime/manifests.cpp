#include "controller/runtime/manifests.hpp"

#include <cerrno>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "controller/node.hpp"
#include "controller/report/log.hpp"

namespace ballast {

Manifests::Manifests(std::shared_ptr<const Snapshot> snapshot, std::string node, Enact enact)
    : in_force_(std::move(snapshot)), node_(std::move(node)), enact_(std::move(enact)) {}

bool Manifests::is_known(const std::string& id) const {
  return id == in_force_->revision.id || id == refused_ || (held_ && id == held_->revision.id);
}

std::string Manifests::flaw(const Snapshot& snapshot) const {
  std::vector<std::string> lines;
  for (const Diagnostic& diagnostic : snapshot.diagnostics) lines.push_back(diagnostic.text());
  if (!lines.empty()) return fmt::format("{}", fmt::join(lines, "\n"));
  NodeOptions options;
  options.node = node_;
  const auto known = find_node(snapshot.manifest, options);
  return known ? std::string() : known.error().text;
}

Outcome Manifests::refuse(const std::string& id, const std::string& why) {
  refused_ = id;
  refusal_ = why;
  log_line(LogLevel::error, why);
  log_line(LogLevel::error, fmt::format("manifest {} is not valid; {} stays in force", id, in_force_->revision.id));
  return Outcome::refused;
}

Outcome Manifests::offer(const std::shared_ptr<const Snapshot>& snapshot, const std::string& too_much, bool asked_for) {
  const std::string& id = snapshot->revision.id;
  if (!asked_for && is_known(id)) return Outcome::unchanged;
  if (const std::string why = flaw(*snapshot); !why.empty()) return refuse(id, why);
  refused_.clear();
  held_.reset();
  if (!too_much.empty()) {
    held_ = snapshot;
    held_why_ = too_much;
    log_line(LogLevel::error, fmt::format("manifest {} is held, {} stays in force: {}; `ballast approve {}` lets it",
                                          id, in_force_->revision.id, held_why_, id));
    return Outcome::held;
  }
  if (auto done = put_in_force(snapshot); !done) return refuse(id, done.error().text);
  return Outcome::in_force;
}

Result<void> Manifests::approve(const std::string& revision) {
  if (!held_) return Error{"no manifest is held", EBUSY};
  if (held_->revision.id != revision) {
    return Error{fmt::format("manifest {} is held, not {}", held_->revision.id, revision), EBUSY};
  }
  log_line(LogLevel::notice, fmt::format("manifest {} is approved", revision));
  return put_in_force(std::shared_ptr(held_));
}

Result<void> Manifests::put_in_force(const std::shared_ptr<const Snapshot>& snapshot) {
  const auto before = std::exchange(in_force_, snapshot);
  if (auto done = enact_(snapshot); !done) {
    in_force_ = before;
    return done;
  }
  held_.reset();
  return {};
}

http::ManifestStatus Manifests::status() const {
  return {in_force_->revision.id, refused_, refusal_, held_ ? held_->revision.id : "", held_ ? held_why_ : ""};
}

}  // namespace ballast
