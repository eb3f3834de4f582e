// From YAML nodes to values: scalars and their limits, and what the diagnostics about them say. Knows no kind of
// document.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "model/fields.hpp"
#include "model/ip.hpp"
#include "model/manifest.hpp"
#include "model/report.hpp"
#include "model/yaml.hpp"

namespace ballast {

/// The text and object being read, and where complaints go.
class ReadContext {
 public:
  ReadContext(Report& report, const std::string* file) : report_(report), file_(file) { enter(nullptr); }

  std::set<const std::string*> incomplete;  ///< objects of which a value could not be read

  /// What is read from here on belongs to `object`: "Kind/name", null before the name is known.
  void enter(const std::string* object) { source_ = intern(Source{file_, object}); }
  [[nodiscard]] Origin origin(const yaml::Node& node) const { return {source_, node.line(), node.column()}; }

  /// A mistake that loses no value: an unknown field.
  void complain(const yaml::Node& at, std::string message) { report_.add(origin(at), std::move(message)); }
  void complain(int line, int column, std::string message) { report_.add({source_, line, column}, std::move(message)); }
  /// Remembers that the object lacks a value.
  void lose_value() { incomplete.insert(source_->object); }
  /// A mistake for which a value is lost; returns false.
  bool fail(const yaml::Node& at, std::string message) {
    lose_value();
    complain(at, std::move(message));
    return false;
  }

 private:
  Report& report_;
  const std::string* file_;
  const Source* source_ = nullptr;
};

inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
inline bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}
/// Input within a message.
inline std::string in_quotes(std::string_view text) {
  return cat("'", shown(text), "'");
}

/// A word of an enumeration and its value.
template <class E>
struct Word {
  std::string_view text;
  E value;
};

/// Reads a mapping field by field; complains about unknown and missing ones. False where it is no mapping.
bool read_object(ReadContext& context, const ObjectInfo& info, yaml::Node node, void* object);

/// Complains about a key that is none of `known`.
/// Returns the one that was meant, or empty.
std::string_view complain_unknown_field(ReadContext& context, yaml::Node key,
                                        const std::vector<std::string_view>& known);

/// "port: expected a whole number, found a list"; returns false.
bool wrong_type(ReadContext& context, const FieldInfo& field, yaml::Node node, std::string_view expected);

/// Complains unless `node` is a scalar with a value.
bool is_value(ReadContext& context, const FieldInfo& field, yaml::Node node, std::string_view expected);

/// Position in field.words; nullopt after a complaint.
std::optional<std::size_t> read_word(ReadContext& context, const FieldInfo& field, yaml::Node node);

bool read_integer(ReadContext& context, const FieldInfo& field, yaml::Node node, std::int64_t& out);
bool read_value(ReadContext& context, const FieldInfo& field, yaml::Node node, bool& out);
bool read_value(ReadContext& context, const FieldInfo& field, yaml::Node node, std::string& out);
bool read_value(ReadContext& context, const FieldInfo& field, yaml::Node node, std::chrono::milliseconds& out);
bool read_value(ReadContext& context, const FieldInfo& field, yaml::Node node, IpAddress& out);
bool read_value(ReadContext& context, const FieldInfo& field, yaml::Node node, Prefix& out);
bool read_value(ReadContext& context, const FieldInfo& field, yaml::Node node, std::vector<SysctlSetting>& out);
/// A netmask gives `family` IPv4 and a host-order number, a plain number IPv6.
bool read_granularity(ReadContext& context, const FieldInfo& field, yaml::Node node, std::uint32_t& out,
                      Family& family);

/// What is wrong with `name` as the name of an object or a node; empty if nothing.
std::string name_problem(std::string_view name);

}  // namespace ballast
