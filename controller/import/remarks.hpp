// What an import has to tell its operator: what could not be carried over, what keepalived repairs silently, where
// nodes contradict one another. Nothing that was read disappears without a remark.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/origin.hpp"

namespace ballast::keepalived {

enum class RemarkKind : std::uint8_t {
  lost,           ///< has no counterpart and is not in the manifest
  needless,       ///< left out, as Ballast does it always or needs no such thing
  changed,        ///< carried over, but means something else here
  repaired,       ///< keepalived takes another value than the one that stands there, and so does the manifest
  contradiction,  ///< the nodes' files disagree
  unknown,        ///< keepalived does not know it either
  error,          ///< nothing can be made of the file
};
std::string_view text_of(RemarkKind kind);

struct Remark {
  RemarkKind kind = RemarkKind::lost;
  Origin origin;
  std::string text;

  /// "keepalived.conf:41: not carried over: vrrp_strict: ..."
  [[nodiscard]] std::string line() const;
  friend bool operator==(const Remark& a, const Remark& b) { return a.line() == b.line(); }
};

/// Collects remarks, each once, and at most so many that they can be read.
class Remarks {
 public:
  static constexpr std::size_t most = 2000;

  void add(RemarkKind kind, const Origin& origin, std::string text);

  [[nodiscard]] const std::vector<Remark>& all() const { return remarks_; }
  [[nodiscard]] bool has_errors() const { return errors_; }
  /// By file and line, and where there were more than `most`, a last one that says so.
  [[nodiscard]] std::vector<Remark> take();

 private:
  std::vector<Remark> remarks_;
  bool errors_ = false;
  std::size_t dropped_ = 0;
};

}  // namespace ballast::keepalived
