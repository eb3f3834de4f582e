// keepalived's $PARAMETERS: their values, and where they stand in a line.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ballast::keepalived {

/// A parameter's value: several lines where it was defined with '\' at the ends of lines.
using Definition = std::vector<std::string>;

/// "$NAME=value" at the beginning of a line.
struct DefinitionText {
  std::string name;
  std::string value;
};
std::optional<DefinitionText> parse_definition(std::string_view line);

class Definitions {
 public:
  /// `directory`: of the file that is being read. `environment`: for ${_ENV NAME}.
  Definitions(std::string instance, std::function<std::optional<std::string>(const std::string&)> environment);

  void set(const std::string& name, Definition lines) { values_[name] = std::move(lines); }
  void set_directory(std::string directory) { directory_ = std::move(directory); }
  [[nodiscard]] const std::string& instance() const { return instance_; }

  struct Outcome {
    std::vector<std::string> lines;  ///< the line with its parameters replaced; more where one has several lines
    bool replaced = false;
    bool random = false;       ///< ${_RANDOM} was among them
    bool environment = false;  ///< ${_ENV NAME} was among them
  };
  /// Replaces each parameter of `line` once; those that the values name again are left for the next call. A value of
  /// several lines counts at the end of a line only. What is not defined stays as it is.
  [[nodiscard]] Outcome substitute(std::string_view line) const;

 private:
  struct Reference {
    std::string name;
    std::string argument;
    std::size_t size = 0;  ///< of the whole, from '$'
  };
  static std::optional<Reference> parse_reference(std::string_view text);
  [[nodiscard]] std::optional<Definition> find(const Reference& reference, Outcome& outcome) const;

  std::map<std::string, Definition, std::less<>> values_;
  std::string instance_;
  std::string directory_ = ".";
  std::function<std::optional<std::string>(const std::string&)> environment_;
};

}  // namespace ballast::keepalived
