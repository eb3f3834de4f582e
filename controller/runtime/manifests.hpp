// Which manifest is in force, and what became of those that were read after it: the newest good one rules.
// Threads: the loop's only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "controller/http/node_status.hpp"
#include "controller/source/snapshot.hpp"

namespace ballast {

/// What became of a manifest that was read.
enum class Outcome : std::uint8_t { unchanged, in_force, held, refused };

class Manifests {
 public:
  /// Makes the node follow a valid manifest; where that fails, nothing of the node has changed.
  using Enact = std::function<Result<void>(const std::shared_ptr<const Snapshot>&)>;

  /// `snapshot` is valid, names `node` and is in force already.
  Manifests(std::shared_ptr<const Snapshot> snapshot, std::string node, Enact enact);

  [[nodiscard]] const std::shared_ptr<const Snapshot>& in_force() const { return in_force_; }

  /// A manifest that was read. One that is not valid changes nothing; one with `too_much` (what it takes away, or
  /// empty) waits for approve(). `asked_for`: somebody wants to hear of it even where it is known.
  Outcome offer(const std::shared_ptr<const Snapshot>& snapshot, const std::string& too_much, bool asked_for);

  /// Errors: EBUSY where it is not this one that is held.
  Result<void> approve(const std::string& revision);

  [[nodiscard]] http::ManifestStatus status() const;

 private:
  [[nodiscard]] bool is_known(const std::string& id) const;
  /// Why it cannot be in force; empty: nothing stands against it.
  [[nodiscard]] std::string flaw(const Snapshot& snapshot) const;
  Outcome refuse(const std::string& id, const std::string& why);
  Result<void> put_in_force(const std::shared_ptr<const Snapshot>& snapshot);

  std::shared_ptr<const Snapshot> in_force_;
  std::string node_;
  Enact enact_;
  std::string refused_;  // the revision that was read after it and is not valid
  std::string refusal_;  // why
  std::shared_ptr<const Snapshot> held_;
  std::string held_why_;
};

}  // namespace ballast
