// Where in the manifests a value was written, and what is wrong with it.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace ballast {

/// A file and an object in it ("VirtualService/web").
struct Source {
  const std::string* file = nullptr;
  const std::string* object = nullptr;  ///< null before the name is known
};

/// File, line and column of a value, and the object it belongs to. Small and trivially copied, as each value of a
/// manifest has one: what many share lives in a pool for the life of the process, which reads the same few paths again
/// and again.
struct Origin {
  const Source* source = nullptr;  ///< null where no manifest is behind the value (it was observed)
  int line = 0;                    ///< from 1
  int column = 0;                  ///< from 1

  [[nodiscard]] bool known() const { return source != nullptr; }
  [[nodiscard]] const std::string* file() const { return known() ? source->file : nullptr; }
  [[nodiscard]] const std::string* object() const { return known() ? source->object : nullptr; }
  /// "web.yaml:41"
  [[nodiscard]] std::string line_text() const;
  /// "web.yaml:41:7"
  [[nodiscard]] std::string text() const;
  /// "web" of "VirtualService/web"; empty where unknown.
  [[nodiscard]] std::string_view object_name() const;
};

/// The pools behind Origin: what is equal has one address. Thread-safe.
const std::string* intern(std::string_view text);
const Source* intern(const Source& source);

/// A value and where it was written, which is never part of a comparison.
template <class T>
struct Located {
  T value{};
  Origin origin;

  friend bool operator==(const Located& a, const Located& b) { return a.value == b.value; }
};

/// One thing that is wrong with a manifest. `message` says what and, where it can be guessed, what was meant.
struct Diagnostic {
  Origin origin;
  std::string message;

  /// "web.yaml:41:7: unknown field 'schedular' (did you mean 'scheduler'?)"
  [[nodiscard]] std::string text() const;
};

using Diagnostics = std::vector<Diagnostic>;

/// The candidate nearest to `word` by edit distance, or empty if none is near (more than a third of the word wrong).
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

/// " (did you mean 'x'?)" or "".
std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace ballast
