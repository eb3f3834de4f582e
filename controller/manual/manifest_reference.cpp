// The reference of fields: model/FIELDS.md, which a test compares with what this makes.
#include <algorithm>
#include <map>

#include "controller/manual/manifest_schema.hpp"
#include "model/fields.hpp"
#include "model/report.hpp"

namespace ballast {
namespace {

std::string in_cell(std::string_view text) {
  std::string cell;
  for (const char c : text) cell += c == '|' || c == '<' ? std::string({'\\', c}) : std::string(1, c);
  return cell;
}

std::string list_of(std::span<const std::string_view> names) {
  std::string text;
  for (const std::string_view name : names) text += cat(text.empty() ? "" : ", ", "`", name, "`");
  return text;
}

/// The table of one kind: rows, and below them which fields exclude one another.
struct Table {
  std::string rows;
  std::string choices;
  std::map<const ObjectInfo*, std::string> described;  ///< where their fields stand

  void add_object(const ObjectInfo& object, const std::string& path) {
    for (const FieldInfo& field : object.fields) add_field(field, cat(path, path.empty() ? "" : ".", field.name));
    for (const Choice& choice : object.choices) {
      choices += cat(path.empty() ? std::string("\nIt") : cat("\nEach `", path, "`"), " has ",
                     choice.needed ? "exactly" : "at most", " one of ", list_of(choice.fields), ".\n");
    }
  }

  void add_field(const FieldInfo& field, const std::string& path) {
    const std::string inner = cat(path, field.shape == FieldShape::list ? "[]" : "");
    const auto known = described.find(field.nested);
    const bool again = field.nested != nullptr && known != described.end();
    const std::string type = again ? cat(type_text(field), ", as `", known->second, "`") : type_text(field);
    const std::string otherwise = field.required ? "required" : std::string(field.default_text);
    rows += cat("| `", path, "` | ", in_cell(type), " | ", in_cell(otherwise), " | ", in_cell(field.doc), " |\n");
    if (field.nested == nullptr || again) return;
    described[field.nested] = inner;
    add_object(*field.nested, inner);
  }
};

std::string table_of(const ObjectInfo& object) {
  Table table;
  table.add_object(object, "");
  return cat("\n| field | type | default | meaning |\n|---|---|---|---|\n", table.rows, table.choices);
}

}  // namespace

std::string manifest_reference() {
  std::string page =
      "# Fields of the manifest\n\n"
      "What `ballast schema --markdown` prints, from the tables that the manifest's reader walks; `ballast schema` "
      "makes "
      "a JSON Schema\nof them. A field without a default may be absent. Durations are whole numbers with units: 500ms, "
      "6s, 5m, 1m30s.\n\n"
      "Each document:\n";
  page += table_of(document_info());
  for (const KindInfo& kind : kinds()) page += cat("\n## ", kind.name, "\n\n", kind.doc, "\n", table_of(*kind.spec));
  return page;
}

}  // namespace ballast
