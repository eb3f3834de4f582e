// The manifest's grammar as data: each kind's fields with type, default and meaning. The reader walks these tables, and
// whatever documents the manifest (a schema, a reference) is made from the same ones, so they cannot disagree.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ballast {

class ReadContext;
namespace yaml {
class Node;
}
struct Header;
struct Manifest;
struct ObjectInfo;

enum class FieldType : std::uint8_t {
  text,         ///< in a schema: minimum..maximum characters
  path,         ///< of a file, absolute
  name,         ///< of a node or an object: letters, digits, '-', '.', '_'
  interface,    ///< a network interface's name
  word,         ///< one of FieldInfo::words
  boolean,      ///< true | false
  integer,      ///< minimum..maximum
  duration,     ///< 500ms, 6s, 5m, 1m30s; minimum..maximum in milliseconds
  address,      ///< IPv4 or IPv6
  prefix,       ///< address/length; without a length that of a host
  granularity,  ///< IPv4 netmask or IPv6 prefix length
  percentage,   ///< 0%..100%
  status,       ///< of HTTP, or a range of them: 200, 300-399
  hex,          ///< bytes, two hexadecimal digits each
  digest,       ///< `maximum` hexadecimal digits in lower case
  sysctl,       ///< a map's entry: parameter name to value
  object,       ///< FieldInfo::nested
};

enum class FieldShape : std::uint8_t { single, list, map, one_or_list };

struct FieldInfo {
  std::string_view name;
  std::string_view doc;  ///< one sentence
  FieldType type = FieldType::text;
  FieldShape shape = FieldShape::single;
  bool required = false;
  std::string_view default_text = {};  ///< empty: none
  std::int64_t minimum = 0;
  std::int64_t maximum = INT64_MAX;
  std::uint32_t min_items = 0;                   ///< of a list or a map
  std::span<const std::string_view> words = {};  ///< of an enumeration
  const ObjectInfo* nested = nullptr;            ///< of an object, or of each item of a list
  /// Reads the field's value into the struct that `object` points to; false where a value was lost.
  bool (*read)(ReadContext& context, const FieldInfo& field, yaml::Node value, void* object) = nullptr;
};

/// Fields of an object that exclude one another.
struct Choice {
  std::span<const std::string_view> fields;
  bool needed = true;  ///< one of them is required
};

struct ObjectInfo {
  std::string_view name;  ///< "member"
  std::span<const FieldInfo> fields;
  std::span<const Choice> choices = {};
  bool first_alone = false;  ///< may also be written as nothing but its first field's value
};

struct KindInfo {
  std::string_view name;  ///< "VirtualService"
  std::string_view doc;
  const ObjectInfo* spec = nullptr;
  /// Reads a spec and appends the object to the manifest's list of its kind.
  void (*read)(ReadContext& context, yaml::Node spec, const Header& header, Manifest& manifest) = nullptr;
};

inline constexpr std::string_view api_version = "ballast/v1";

/// What each document consists of: apiVersion, kind, metadata, and spec, which kinds() describe.
const ObjectInfo& document_info();

/// All kinds, in the order in which they are documented.
std::span<const KindInfo> kinds();

/// "whole number 0..65535", "list of address", "TCP | UDP | SCTP", "duration 0s..24h".
std::string type_text(const FieldInfo& field);

}  // namespace ballast
