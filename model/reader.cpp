// From texts to a Manifest: documents, their header, and which kind's table reads their spec. What is wrong is reported
// and reading goes on with the next field, document and text.
#include <algorithm>
#include <unordered_map>

#include "model/fields.hpp"
#include "model/manifest.hpp"
#include "model/read_values.hpp"
#include "model/validate_rules.hpp"
#include "model/yaml.hpp"

namespace ballast {

namespace {

constexpr std::string_view api_versions[] = {api_version};
constexpr FieldInfo metadata_fields[] = {
    {.name = "name", .doc = "Name of the object, unique in its kind.", .type = FieldType::name, .required = true},
};
constexpr ObjectInfo metadata_info{"metadata", metadata_fields};
constexpr FieldInfo document_fields[] = {
    {.name = "apiVersion",
     .doc = "Version of the manifest's grammar.",
     .type = FieldType::word,
     .required = true,
     .words = api_versions},
    {.name = "kind", .doc = "What the document describes: one of the kinds.", .required = true},
    {.name = "metadata",
     .doc = "Name of the object.",
     .type = FieldType::object,
     .required = true,
     .nested = &metadata_info},
    {.name = "spec", .doc = "The object's fields.", .type = FieldType::object, .required = true},
};
constexpr ObjectInfo all_of_document{"document", document_fields};
constexpr const FieldInfo& name_field = metadata_fields[0];
constexpr const FieldInfo& api_version_field = document_fields[0];
constexpr const FieldInfo& kind_field = document_fields[1];
constexpr const FieldInfo& metadata_field = document_fields[2];
constexpr const FieldInfo& spec_field = document_fields[3];

/// Complains about keys of `mapping` that are no field of `info`.
void check_fields(ReadContext& context, yaml::Node mapping, const ObjectInfo& info) {
  std::vector<std::string_view> known;
  for (const FieldInfo& field : info.fields) known.push_back(field.name);
  mapping.each_entry([&](yaml::Node key, yaml::Node) {
    if (!key.is_scalar() || (key.text() == "<<" && !key.quoted())) return;
    if (std::find(known.begin(), known.end(), key.text()) == known.end()) complain_unknown_field(context, key, known);
  });
}

void read_api_version(ReadContext& context, yaml::Node document) {
  const auto version = document.find("apiVersion");
  if (!version) {
    context.complain(document, cat("missing field 'apiVersion'; write apiVersion: ", api_version));
    return;
  }
  if (!is_value(context, api_version_field, *version, api_version)) return;
  if (version->text() != api_version) {
    context.complain(*version, cat("apiVersion must be ", api_version, ", not '", shown(version->text()), "'"));
  }
}

const KindInfo* read_kind_name(ReadContext& context, yaml::Node document) {
  const auto kind = document.find("kind");
  std::vector<std::string_view> known;
  std::string names;
  for (const KindInfo& each : kinds()) {
    known.push_back(each.name);
    names += cat(names.empty() ? "" : ", ", each.name);
  }
  if (!kind) {
    context.complain(document, cat("missing field 'kind'; one of ", names));
    return nullptr;
  }
  if (!is_value(context, kind_field, *kind, cat("one of ", names))) return nullptr;
  for (const KindInfo& each : kinds()) {
    if (each.name == kind->text()) return &each;
  }
  const std::string guess = suggestion(kind->text(), known);
  context.complain(*kind, cat("unknown kind '", shown(kind->text()), "'", guess.empty() ? "; one of " + names : guess));
  return nullptr;
}

/// The object's name; enters it. An origin that is not known says that there is none.
Header read_header(ReadContext& context, yaml::Node document, std::string_view kind) {
  Header header;
  const auto metadata = document.find("metadata");
  if (!metadata || metadata->is_null()) {
    context.complain(document, "missing field 'metadata'; write metadata: {name: ...}");
    return header;
  }
  if (!metadata->is_mapping()) {
    wrong_type(context, metadata_field, *metadata, "a mapping with a name");
    return header;
  }
  const auto name = metadata->find("name");
  if (name && read_value(context, name_field, *name, header.name)) {
    if (!kind.empty()) context.enter(intern(cat(kind, "/", header.name)));
    header.origin = context.origin(*name);
  } else if (!name) {
    context.complain(*metadata, "metadata: missing field 'name'");
  }
  check_fields(context, *metadata, metadata_info);
  return header;
}

/// False where the document's kind or name is not known: whatever it describes is missing.
bool read_document(ReadContext& context, yaml::Node document, Manifest& manifest) {
  context.enter(nullptr);
  if (!document.is_mapping()) {
    context.complain(document, cat("expected a document with apiVersion, kind, metadata and spec, found a ",
                                   document.is_sequence() ? "list" : "single value"));
    return false;
  }
  read_api_version(context, document);
  const KindInfo* kind = read_kind_name(context, document);
  const Header header = read_header(context, document, kind == nullptr ? "" : kind->name);
  check_fields(context, document, document_info());
  if (kind == nullptr) return false;

  const auto spec = document.find("spec");
  if (!spec) {
    context.fail(document, "missing field 'spec'");
  } else if (!spec->is_mapping()) {
    wrong_type(context, spec_field, *spec, cat("the fields of a ", kind->name));
  } else {
    kind->read(context, *spec, header, manifest);
  }
  return header.origin.known() && spec.has_value() && spec->is_mapping();
}

void read_text(const SourceText& source, Manifest& manifest, Gaps& gaps, Report& report) {
  ReadContext context(report, intern(source.name));
  yaml::Stream stream(source.text);
  while (!report.full()) {
    const auto document = stream.next();
    if (document && !read_document(context, *document, manifest)) gaps.documents = true;
    context.enter(nullptr);
    for (yaml::Problem& problem : stream.take_problems()) {
      context.complain(problem.line, problem.column, std::move(problem.message));
    }
    if (!document) break;
  }
  if (stream.broken() || report.full()) gaps.documents = true;
  gaps.objects.merge(context.incomplete);
}

/// By text, then line and column.
void sort(Diagnostics& diagnostics, const std::vector<SourceText>& texts) {
  std::unordered_map<const std::string*, std::size_t> order;
  for (const SourceText& source : texts) order.emplace(intern(source.name), order.size());
  const auto rank = [&](const Diagnostic& diagnostic) {
    const auto place = order.find(diagnostic.origin.file());
    return std::tuple(place == order.end() ? order.size() : place->second, diagnostic.origin.line,
                      diagnostic.origin.column);
  };
  std::stable_sort(diagnostics.begin(), diagnostics.end(),
                   [&](const Diagnostic& a, const Diagnostic& b) { return rank(a) < rank(b); });
}

Gaps read_all(const std::vector<SourceText>& texts, Manifest& manifest, Report& report) {
  Gaps gaps;
  for (const SourceText& source : texts) read_text(source, manifest, gaps, report);
  return gaps;
}

}  // namespace

const ObjectInfo& document_info() {
  return all_of_document;
}

ReadOutcome read_manifest(const std::vector<SourceText>& texts) {
  ReadOutcome outcome;
  Report report;
  read_all(texts, outcome.manifest, report);
  outcome.diagnostics = report.take();
  sort(outcome.diagnostics, texts);
  return outcome;
}

ReadOutcome read_and_validate(const std::vector<SourceText>& texts) {
  ReadOutcome outcome;
  Report report;
  const Gaps gaps = read_all(texts, outcome.manifest, report);
  validate(outcome.manifest, gaps, report);
  outcome.diagnostics = report.take();
  sort(outcome.diagnostics, texts);
  return outcome;
}

}  // namespace ballast
