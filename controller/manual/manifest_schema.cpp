#include "controller/manual/manifest_schema.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "controller/manual/duration_pattern.hpp"
#include "model/duration.hpp"
#include "model/fields.hpp"
#include "model/ip.hpp"
#include "model/report.hpp"

namespace ballast {
namespace {

using json = nlohmann::ordered_json;

// Patterns are ECMAScript's and search: those that mean all of a text are anchored.
constexpr std::string_view ipv4 =
    "((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\\.){3}(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
constexpr std::string_view ipv6 =
    "([0-9A-Fa-f]{0,4}:){2,8}([0-9A-Fa-f]{0,4}|([0-9]{1,3}\\.){3}[0-9]{1,3})";  // not how often "::" may stand
constexpr std::string_view ipv4_length = "/([0-9]|[12][0-9]|3[0-2])";
constexpr std::string_view ipv6_length = "/([0-9]|[1-9][0-9]|1[01][0-9]|12[0-8])";
constexpr int longest_name = 253;

/// What stands in the manifest for a text: YAML takes 8080 and true for something else, the reader does not.
json any_scalar() {
  return {{"type", {"string", "number", "boolean"}}};
}

json scalar_like(std::string_view pattern) {
  json schema = any_scalar();
  schema["pattern"] = pattern;
  return schema;
}

/// Hexadecimal digits, which may all be decimal ones.
json digits_like(std::string_view pattern) {
  return {{"type", {"string", "number"}}, {"minimum", 0}, {"pattern", pattern}};
}

json text_like(std::string_view pattern) {
  return {{"type", "string"}, {"pattern", pattern}};
}

json number_schema(std::int64_t minimum, std::int64_t maximum) {
  return {{"type", "integer"}, {"minimum", minimum}, {"maximum", maximum}};
}

json text_schema(const FieldInfo& field) {
  json schema = any_scalar();
  if (field.minimum > 0) schema["minLength"] = field.minimum;
  if (field.maximum != INT64_MAX) schema["maxLength"] = field.maximum;
  return schema;
}

json word_schema(std::span<const std::string_view> words) {
  json schema = {{"type", "string"}, {"enum", json::array()}};
  for (const std::string_view word : words) schema["enum"].push_back(word);
  return schema;
}

/// A kernel parameter's value by its name.
json sysctls_schema(const FieldInfo& field) {
  json schema = {{"type", "object"},
                 {"propertyNames", {{"pattern", "^[A-Za-z0-9_-]+([./][A-Za-z0-9_-]+)+$"}, {"maxLength", 255}}},
                 {"additionalProperties", scalar_like("[^ \\t]")}};
  if (field.min_items > 0) schema["minProperties"] = field.min_items;
  return schema;
}

json object_schema(const ObjectInfo& object);

json value_schema(const FieldInfo& field) {
  switch (field.type) {
    case FieldType::text:
      return text_schema(field);
    case FieldType::path:
      return text_like("^/");
    case FieldType::name: {
      json schema = scalar_like("^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$");
      schema["maxLength"] = longest_name;
      return schema;
    }
    case FieldType::interface:
      return scalar_like("^(?!\\.{1,2}$)[^/:\\u0000- \\u007f]{1,15}$");
    case FieldType::word:
      return word_schema(field.words);
    case FieldType::boolean:
      return {{"type", "boolean"}};
    case FieldType::integer:
      return number_schema(field.minimum, field.maximum);
    case FieldType::duration:
      return text_like(
          duration_pattern(std::chrono::milliseconds(field.minimum), std::chrono::milliseconds(field.maximum)));
    case FieldType::address:
      return text_like(cat("^(", ipv4, "|", ipv6, ")$"));
    case FieldType::prefix:
      return text_like(cat("^(", ipv4, "(", ipv4_length, ")?|", ipv6, "(", ipv6_length, ")?)$"));
    case FieldType::granularity:
      return {{"anyOf", {number_schema(1, 128), text_like(cat("^", ipv4, "$"))}}};
    case FieldType::percentage:
      return text_like("^(0?[0-9]?[0-9]|100)%$");
    case FieldType::status:
      return {{"anyOf", {number_schema(100, 599), text_like("^[1-5][0-9]{2}(-[1-5][0-9]{2})?$")}}};
    case FieldType::hex:
      return digits_like("^([0-9A-Fa-f]{2})*$");
    case FieldType::digest:
      return digits_like(cat("^[0-9a-f]{", field.maximum, "}$"));
    case FieldType::sysctl:
      return sysctls_schema(field);
    case FieldType::object:
      break;
  }
  if (field.nested == nullptr) return {{"type", "object"}};
  json schema = object_schema(*field.nested);
  if (!field.nested->first_alone) return schema;
  return {{"anyOf", {value_schema(field.nested->fields.front()), std::move(schema)}}};
}

/// The default as a value, where it is one and not words: "the service's".
json default_of(const FieldInfo& field) {
  const std::string text(field.default_text);
  switch (field.type) {
    case FieldType::boolean:
      if (text == "true" || text == "false") return text == "true";
      break;
    case FieldType::integer:
      if (!text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return std::stoll(text);
      break;
    case FieldType::word:
      if (std::find(field.words.begin(), field.words.end(), text) != field.words.end()) return text;
      break;
    case FieldType::duration:
      if (parse_duration(text)) return text;
      break;
    case FieldType::address:
      if (IpAddress::parse(text)) return text;
      break;
    case FieldType::percentage:
      if (!text.empty()) return text;
      break;
    default:
      break;
  }
  return {};
}

/// The meaning, and below it the type in words, as an editor shows it.
std::string description_of(const FieldInfo& field) {
  return cat(field.doc, "\n\n", type_text(field), field.required ? ", required" : "",
             field.default_text.empty() ? "" : cat("; default: ", field.default_text));
}

json field_schema(const FieldInfo& field) {
  json schema = value_schema(field);
  if (schema.contains("pattern")) {
    // Editors (yaml-language-server) show it instead of the pattern; others pass it over.
    FieldInfo one = field;
    one.shape = FieldShape::single;
    schema["patternErrorMessage"] = cat("expected: ", type_text(one));
  }
  if (field.shape == FieldShape::list || field.shape == FieldShape::one_or_list) {
    json list = {{"type", "array"}, {"items", schema}};
    if (field.min_items > 0) list["minItems"] = field.min_items;
    schema = field.shape == FieldShape::list ? std::move(list) : json{{"anyOf", {std::move(schema), std::move(list)}}};
  }
  schema["description"] = description_of(field);
  if (json value = default_of(field); !value.is_null()) schema["default"] = std::move(value);
  return schema;
}

json required(std::string_view name) {
  return {{"required", json::array({name})}};
}

json choice_schema(const Choice& choice) {
  json alternatives = json::array();
  for (const std::string_view name : choice.fields) alternatives.push_back(required(name));
  if (choice.needed) return {{"oneOf", std::move(alternatives)}};
  return {{"not", {{"allOf", std::move(alternatives)}}}};
}

json object_schema(const ObjectInfo& object) {
  json schema = {{"type", "object"}, {"properties", json::object()}};
  json needed = json::array();
  for (const FieldInfo& field : object.fields) {
    schema["properties"][std::string(field.name)] = field_schema(field);
    if (field.required) needed.push_back(field.name);
  }
  if (!needed.empty()) schema["required"] = std::move(needed);
  schema["additionalProperties"] = false;
  for (const Choice& choice : object.choices) schema["allOf"].push_back(choice_schema(choice));
  return schema;
}

}  // namespace

std::string manifest_schema() {
  json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", "Ballast manifest"}};
  schema.update(object_schema(document_info()));
  std::vector<std::string_view> names;
  json cases = json::array();
  json definitions = json::object();
  std::string kinds_text;
  for (const KindInfo& kind : kinds()) {
    const std::string name(kind.name);
    names.push_back(kind.name);
    kinds_text += cat(kinds_text.empty() ? "" : "\n\n", kind.name, ": ", kind.doc);
    cases.push_back({{"if", {{"properties", {{"kind", {{"const", name}}}}}, {"required", {"kind"}}}},
                     {"then", {{"properties", {{"spec", {{"$ref", "#/definitions/" + name}}}}}}}});
    definitions[name] = object_schema(*kind.spec);
    definitions[name]["description"] = kind.doc;
  }
  schema["properties"]["kind"].update(word_schema(names));
  schema["properties"]["kind"]["description"] = std::move(kinds_text);
  schema["allOf"] = std::move(cases);
  schema["definitions"] = std::move(definitions);
  return schema.dump(2) + "\n";
}

}  // namespace ballast
