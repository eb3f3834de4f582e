// The types of fields in words.
#include "model/fields.hpp"

#include "model/duration.hpp"
#include "model/report.hpp"

namespace ballast {

namespace {

std::string value_text(const FieldInfo& field) {
  switch (field.type) {
    case FieldType::text:
      return "text";
    case FieldType::path:
      return "absolute path";
    case FieldType::name:
      return "name";
    case FieldType::interface:
      return "interface name";
    case FieldType::boolean:
      return "true | false";
    case FieldType::integer:
      return field.maximum == INT64_MAX ? "whole number" : cat("whole number ", field.minimum, "..", field.maximum);
    case FieldType::duration:
      return cat("duration ", duration_text(std::chrono::milliseconds(field.minimum)), "..",
                 duration_text(std::chrono::milliseconds(field.maximum)));
    case FieldType::address:
      return "IP address";
    case FieldType::prefix:
      return "IP address/prefix length";
    case FieldType::granularity:
      return "netmask | prefix length 1..128";
    case FieldType::percentage:
      return "percentage 0%..100%";
    case FieldType::status:
      return "status 100..599 | range of them like 300-399";
    case FieldType::hex:
      return "bytes in hexadecimal";
    case FieldType::digest:
      return cat(field.maximum, " hexadecimal digits");
    case FieldType::sysctl:
      return "parameter: value";
    case FieldType::object:
      if (field.nested == nullptr || !field.nested->first_alone) return "object";
      return cat("object | ", value_text(field.nested->fields.front()));
    case FieldType::word:
      break;
  }
  std::string text;
  for (const std::string_view word : field.words) text += cat(text.empty() ? "" : " | ", word);
  return text;
}

}  // namespace

std::string type_text(const FieldInfo& field) {
  std::string value = value_text(field);
  switch (field.shape) {
    case FieldShape::list:
      return cat("list of ", value);
    case FieldShape::map:
      return cat("map of ", value);
    case FieldShape::one_or_list:
      return cat(value, " | list of ", value);
    case FieldShape::single:
      break;
  }
  return value;
}

}  // namespace ballast
