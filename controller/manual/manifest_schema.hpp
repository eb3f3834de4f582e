// The manifest's grammar for others: a JSON Schema for editors and CI, a page for people. Made from the tables that the
// reader walks (model/fields.hpp), so neither can say what the reader does not do.
#pragma once

#include <string>

namespace ballast {

/// JSON Schema (draft-07) of one document of a manifest, read as YAML 1.2. It refuses nothing that the reader takes.
/// What it cannot know: the range of durations of several units, how numbers are written (0x50), references, and what
/// fields mean together.
std::string manifest_schema();

/// All fields as Markdown, one table for each kind.
std::string manifest_reference();

}  // namespace ballast
