// The part of GET /v1/status about manifests: which one is in force, what was read after it, where they come from.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "controller/http/instant.hpp"

namespace ballast::http {

/// A manifest that was read, or put in force.
struct RevisionStatus {
  std::string id;
  Instant at{};         ///< when it was read, or put in force
  std::string author;   ///< of a commit; of files empty, as is the rest
  std::string subject;  ///< the commit message's first line
  std::optional<std::chrono::sys_seconds> committed_at;
  friend bool operator==(const RevisionStatus&, const RevisionStatus&) = default;
};

/// Why the source could not be read when it was looked at last.
struct SourceError {
  std::string text;
  Instant since{};  ///< when it was so for the first time
  friend bool operator==(const SourceError&, const SourceError&) = default;
};

/// Which manifest the node is made from.
struct ManifestStatus {
  std::string revision;  ///< in force; empty: none yet, and nothing is touched
  std::string refused;   ///< the revision that was read after it and is not valid; empty: none
  std::string error;     ///< what is wrong with that one
  std::string held;      ///< the revision that waits for `ballast approve`; empty: none
  std::string reason;    ///< why it is held
  std::string source;    ///< where manifests come from: paths, or a repository with branch and path
  std::optional<SourceError> source_error{};
  bool from_last_good = false;  ///< in force from the copy on disk; the source has not been read since the start
  std::optional<RevisionStatus> current{};    ///< in force, since when
  std::optional<RevisionStatus> applied{};    ///< the last that the kernel was made from completely, since when
  std::optional<RevisionStatus> attempted{};  ///< the newest that was read, whatever became of it

  bool handed = false;                     ///< by `ballast apply`, until the source brings something new
  std::optional<Instant> confirm_until{};  ///< then it is rolled back
  std::string rolled_back{};               ///< the revision that was; empty: none
  std::string rolled_back_reason{};

  /// A last good one that stays in force serves as well as the newest.
  [[nodiscard]] bool in_force() const { return !revision.empty(); }
  friend bool operator==(const ManifestStatus&, const ManifestStatus&) = default;
};

nlohmann::ordered_json manifest_json(const ManifestStatus& manifest);
/// Throws json::exception where a member lacks or has another type.
ManifestStatus manifest_from(const nlohmann::ordered_json& from);

}  // namespace ballast::http
