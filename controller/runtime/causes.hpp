// Why a look changed what it changed: something else is wanted than before (another manifest, role, health), or the
// same is wanted and somebody else had changed it.
// Pure.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controller/converge.hpp"
#include "controller/source/snapshot.hpp"
#include "model/render.hpp"

namespace ballast {

enum class Cause : std::uint8_t { start, manifest, role, health, request, network, drain, drift };
std::string_view text_of(Cause cause);  ///< "drift"

/// A change that was carried out.
struct Happening {
  Kind kind{};
  Verb verb{};
  std::string object;
  std::string text;      ///< "weight: 7 -> 3"
  std::string manifest;  ///< "web.yaml:41"; empty: no manifest wants it
  Cause cause{};
};

struct Happenings {
  std::vector<Happening> first;               ///< bounded
  std::size_t more = 0;                       ///< than those
  std::map<Kind, std::size_t> more_repaired;  ///< of the rest, what somebody else had changed
  std::string revision;                       ///< of the manifest
};

/// Remembers what the last look was made from.
class Causes {
 public:
  static constexpr std::size_t most = 100;

  /// What a look that changed something has done. `before`: what was wanted at the look before; null: there was none.
  Happenings happened(const std::shared_ptr<const Snapshot>& snapshot, const Conditions& conditions,
                      const State* before, const State& now, const Convergence& result);
  /// After each look.
  void looked(const std::shared_ptr<const Snapshot>& snapshot, const Conditions& conditions, const Drains& drains) {
    before_ = Basis{snapshot, conditions, drains};
  }

 private:
  using Object = std::pair<Kind, std::string>;
  struct Basis {
    std::shared_ptr<const Snapshot> snapshot;
    Conditions conditions;
    Drains drains;
  };
  [[nodiscard]] Cause why_another_is_wanted(const std::shared_ptr<const Snapshot>& snapshot,
                                            const Conditions& conditions) const;

  std::optional<Basis> before_;
  std::map<Object, Cause> failed_;  // that may succeed later
};

}  // namespace ballast
