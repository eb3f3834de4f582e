// Regular expressions that operators write, in RE2's syntax: Perl's without back references and look-around, so that
// no text takes more than linear time and no pattern exhausts the stack.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace ballast {

/// What is wrong with the expression, nullopt where it is good: "missing ): (ab".
std::optional<std::string> invalid_regex(std::string_view text);

/// A compiled expression, shared by its copies. One that is not valid matches nothing.
class Regex {
 public:
  explicit Regex(std::string_view text);
  /// Somewhere in `text`, which may be any bytes.
  [[nodiscard]] bool found_in(std::string_view text) const;

 private:
  std::shared_ptr<const re2::RE2> expression_;
};

}  // namespace ballast
