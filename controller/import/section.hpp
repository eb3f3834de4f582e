// A block's statements as a converter takes them: one keyword after another, with the limits that keepalived sets and
// the repairs that it makes. What nobody took is told of in the end, so that nothing disappears.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/import/remarks.hpp"
#include "controller/import/tree.hpp"
#include "model/ip.hpp"

namespace ballast::keepalived {

using std::chrono::milliseconds;

class Section {
 public:
  Section(const Statement& block, Remarks& remarks) : block_(block), remarks_(remarks) {}

  [[nodiscard]] const Statement& statement() const { return block_; }
  [[nodiscard]] const Origin& origin() const { return block_.origin; }
  Remarks& remarks() { return remarks_; }

  /// The statement that counts: the last. Earlier ones are told of.
  const Statement* last(std::string_view keyword);
  std::vector<const Statement*> each(std::string_view keyword);
  bool flag(std::string_view keyword) { return last(keyword) != nullptr; }

  /// A value within its limits; nullopt where there is none, or one that keepalived ignores, which is told of.
  std::optional<std::int64_t> number(std::string_view keyword, std::int64_t least, std::int64_t most);
  std::optional<milliseconds> seconds(std::string_view keyword, double least, double most);
  std::optional<bool> truth(std::string_view keyword);
  std::optional<IpAddress> address(std::string_view keyword);
  std::optional<std::string> text(std::string_view keyword);

  /// Tells of every statement that nobody took: what `blocks` know of it, or that keepalived does not know it either.
  void finish(std::initializer_list<std::string_view> blocks);

 private:
  const Statement& block_;
  Remarks& remarks_;
};

std::optional<std::int64_t> parse_number(const std::string& text, std::int64_t least, std::int64_t most);
/// "1.5" seconds.
std::optional<milliseconds> parse_seconds(const std::string& text);
std::optional<bool> parse_truth(const std::string& text);
/// "5s", "1500ms": as the manifest wants it.
std::string duration_text(milliseconds time);
/// A name that the manifest allows, made of `text`.
std::string name_from(std::string_view text, std::string_view otherwise);

}  // namespace ballast::keepalived
