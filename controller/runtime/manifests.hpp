// Which manifest is in force, and what became of those that were read after it: the newest good one rules.
// Threads: the loop's only.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "controller/http/node_status.hpp"
#include "controller/node.hpp"
#include "controller/source/snapshot.hpp"

namespace ballast {

/// What became of a manifest that was read.
enum class Outcome : std::uint8_t { unchanged, in_force, held, refused };

class Manifests {
 public:
  /// Makes the node follow a valid manifest; where that fails, nothing of the node has changed.
  using Enact = std::function<Result<void>(const std::shared_ptr<const Snapshot>&)>;

  /// `node` is what the command line calls this machine; empty: as its host. Nothing is in force yet.
  Manifests(const std::string& node, Enact enact);

  /// Null until there was a first one.
  [[nodiscard]] const std::shared_ptr<const Snapshot>& in_force() const { return in_force_; }
  /// That waits for approval; null: none does.
  [[nodiscard]] const std::shared_ptr<const Snapshot>& held() const { return held_; }
  /// This machine's name in the manifest in force; until there is one, what it would be looked for by.
  [[nodiscard]] const std::string& node() const { return node_; }
  [[nodiscard]] const std::string& refusal() const { return refusal_; }
  [[nodiscard]] const std::string& held_why() const { return held_why_; }

  /// The first one, which nothing is compared with. Errors: why it cannot be in force.
  Result<void> begin_with(const std::shared_ptr<const Snapshot>& snapshot);

  /// A manifest that was read. One that is not valid changes nothing; one with `too_much` (what it takes away, or
  /// empty) waits for approve(). `asked_for`: somebody wants to hear of it even where it is known.
  Outcome offer(const std::shared_ptr<const Snapshot>& snapshot, const std::string& too_much, bool asked_for);

  /// Puts a valid manifest in force that an operator has handed over. It stays until the node's own source has another
  /// content than it had when it was read last, or somebody asks for that source.
  Result<void> hand_over(const std::shared_ptr<const Snapshot>& snapshot, const std::string& node);
  /// What was in force and what had handed it over, to be put back.
  struct Earlier {
    std::shared_ptr<const Snapshot> snapshot;
    std::string node;
    bool handed = false;
  };
  [[nodiscard]] Earlier now() const { return {in_force_, node_, handed_}; }
  Result<void> put_back(const Earlier& earlier);

  /// Errors: EBUSY where it is not this one that is held.
  Result<void> approve(const std::string& revision);

  [[nodiscard]] http::ManifestStatus status() const;

 private:
  [[nodiscard]] bool is_known(const Snapshot& snapshot) const;
  void forget_others();
  /// The machine's name in it, or why it cannot be in force.
  [[nodiscard]] Result<std::string> judge(const Snapshot& snapshot) const;
  Outcome refuse(const std::string& id, const std::string& why, bool asked_for);
  Result<void> put_in_force(const std::shared_ptr<const Snapshot>& snapshot, const std::string& node);

  std::shared_ptr<const Snapshot> in_force_;
  std::chrono::sys_time<std::chrono::milliseconds> in_force_since_{};
  NodeOptions options_;    // what find_node looks at
  bool handed_ = false;    // not from the node's own source
  std::string source_id_;  // of what its own source had when it was read last
  std::string node_;
  Enact enact_;
  std::string refused_;  // the revision that was read after it and is not valid
  std::string refusal_;  // why
  std::shared_ptr<const Snapshot> held_;
  std::string held_node_;
  std::string held_why_;
};

}  // namespace ballast
