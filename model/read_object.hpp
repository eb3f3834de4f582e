// Builds rows of field tables from pointers to members: the member's C++ type says how a field is read and documented,
// so a table states only what the type cannot. Used by the one file that holds the tables.
#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "model/read_values.hpp"

namespace ballast {

/// Specialised for each enumeration: an array of Word<E>.
template <class E>
inline constexpr std::array<Word<E>, 0> words{};

template <class E>
inline constexpr auto word_texts = [] {
  std::array<std::string_view, words<E>.size()> texts;
  for (std::size_t i = 0; i < texts.size(); ++i) texts[i] = words<E>[i].text;
  return texts;
}();

/// Specialised for each struct that is an object of the manifest.
template <class T>
inline constexpr std::nullptr_t object_info = nullptr;
/// By type and not by value: with UBSan, g++ takes no comparison of a table's address for constant.
template <class T>
inline constexpr bool has_object_info = !std::is_same_v<decltype(object_info<T>), const std::nullptr_t>;

template <class T>
struct ValueOf {
  using Type = T;
  static constexpr FieldShape shape = FieldShape::single;
};
template <class T>
struct ValueOf<Located<T>> : ValueOf<T> {};
template <class T>
struct ValueOf<std::optional<T>> : ValueOf<T> {};
template <class T>
struct ValueOf<std::shared_ptr<const T>> : ValueOf<T> {};
template <class T>
struct ValueOf<std::vector<T>> : ValueOf<T> {
  static constexpr FieldShape shape = FieldShape::list;
};
template <>
struct ValueOf<std::vector<SysctlSetting>> {
  using Type = std::vector<SysctlSetting>;
  static constexpr FieldShape shape = FieldShape::map;
};

template <class T>
constexpr FieldType field_type() {
  if constexpr (std::is_same_v<T, bool>) return FieldType::boolean;
  if constexpr (std::is_integral_v<T>) return FieldType::integer;
  if constexpr (std::is_enum_v<T>) return FieldType::word;
  if constexpr (std::is_same_v<T, std::chrono::milliseconds>) return FieldType::duration;
  if constexpr (std::is_same_v<T, IpAddress>) return FieldType::address;
  if constexpr (std::is_same_v<T, Prefix>) return FieldType::prefix;
  if constexpr (std::is_same_v<T, std::vector<SysctlSetting>>) return FieldType::sysctl;
  if constexpr (has_object_info<T>) return FieldType::object;
  return FieldType::text;
}

// Declared before they call one another: a list of located values of an object's fields.
template <class T>
requires std::is_enum_v<T>
bool read_value(ReadContext& context, const FieldInfo& field, yaml::Node node, T& out) {
  const auto word = read_word(context, field, node);
  if (word) out = words<T>[*word].value;
  return word.has_value();
}

template <class T>
requires(std::is_integral_v<T> && !std::is_same_v<T, bool>) bool read_value(ReadContext& context,
                                                                            const FieldInfo& field, yaml::Node node,
                                                                            T& out) {
  std::int64_t number = 0;
  if (!read_integer(context, field, node, number)) return false;
  out = static_cast<T>(number);
  return true;
}

template <class T>
requires has_object_info<T>
bool read_value(ReadContext& context, const FieldInfo& field, yaml::Node node, T& out) {
  if (node.is_null()) return wrong_type(context, field, node, "a mapping");
  if constexpr (requires { out.origin; }) out.origin = context.origin(node);
  return read_object(context, *field.nested, node, &out);
}

template <class T>
bool read_value(ReadContext& context, const FieldInfo& field, yaml::Node node, Located<T>& out) {
  if (!read_value(context, field, node, out.value)) return false;
  out.origin = context.origin(node);
  return true;
}

template <class T>
bool read_value(ReadContext& context, const FieldInfo& field, yaml::Node node, std::optional<T>& out) {
  T value;
  if (!read_value(context, field, node, value)) return false;
  out = std::move(value);
  return true;
}

template <class T>
bool read_value(ReadContext& context, const FieldInfo& field, yaml::Node node, std::shared_ptr<const T>& out) {
  auto value = std::make_shared<T>();
  if (!read_value(context, field, node, *value)) return false;
  out = std::move(value);
  return true;
}

template <class T>
requires(!has_object_info<std::vector<T>>) bool read_value(ReadContext& context, const FieldInfo& field,
                                                           yaml::Node node, std::vector<T>& out) {
  if (!node.is_sequence()) return wrong_type(context, field, node, "a list");
  if (node.size() < field.min_items) {
    return context.fail(node,
                        cat(field.name, " is empty; write an entry", field.required ? "" : " or remove the field"));
  }
  out.reserve(node.size());
  bool complete = true;
  node.each_item([&](yaml::Node item) {
    if (item.is_null()) {
      complete = context.fail(item, cat(field.name, ": an entry has no value; write one or remove it"));
      return;
    }
    out.emplace_back();
    if (read_value(context, field, item, out.back())) return;
    out.pop_back();
    complete = false;
  });
  return complete;
}

/// What a row may say beyond name, type and meaning.
struct FieldOptions {
  bool required = false;
  std::string_view default_text = {};
  std::int64_t minimum = 0;
  std::int64_t maximum = INT64_MAX;
  std::uint32_t min_items = 0;
  std::optional<FieldType> type = std::nullopt;  ///< of a string: name, interface
  std::span<const std::string_view> words = {};  ///< of a string
};

template <class>
struct MemberPointer;
template <class Owner_, class Value_>
struct MemberPointer<Value_ Owner_::*> {
  using Owner = Owner_;
  using Value = Value_;
};

/// The table row of a struct's member. `Owner`: the struct that is read, where it inherits the member.
template <auto Member, class Owner = typename MemberPointer<decltype(Member)>::Owner>
constexpr FieldInfo field(std::string_view name, std::string_view doc, const FieldOptions& options = {}) {
  using Value = typename MemberPointer<decltype(Member)>::Value;
  using Core = typename ValueOf<Value>::Type;
  FieldInfo info;
  info.name = name;
  info.doc = doc;
  info.type = options.type ? *options.type : field_type<Core>();
  info.shape = ValueOf<Value>::shape;
  info.required = options.required;
  info.default_text = options.default_text;
  info.minimum = options.minimum;
  info.maximum = options.maximum;
  if constexpr (std::is_integral_v<Core> && !std::is_same_v<Core, bool>) {
    if (info.maximum > std::numeric_limits<Core>::max()) info.maximum = std::numeric_limits<Core>::max();
  }
  info.min_items = options.min_items;
  info.words = options.words;
  if constexpr (std::is_enum_v<Core>) info.words = word_texts<Core>;
  if (!options.words.empty()) info.type = FieldType::word;
  info.nested = object_info<Core>;
  info.read = [](ReadContext& context, const FieldInfo& row, yaml::Node value, void* object) {
    return read_value(context, row, value, static_cast<Owner*>(object)->*Member);
  };
  return info;
}

/// A row that reads in its own way.
constexpr FieldInfo field_by(std::string_view name, FieldType type, std::string_view doc, const FieldOptions& options,
                             bool (*read)(ReadContext&, const FieldInfo&, yaml::Node, void*)) {
  FieldInfo info;
  info.name = name;
  info.doc = doc;
  info.type = type;
  info.required = options.required;
  info.default_text = options.default_text;
  info.minimum = options.minimum;
  info.maximum = options.maximum;
  info.read = read;
  return info;
}

}  // namespace ballast
