// Manifests in one line each, and tables of what is said about them.
#pragma once

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "model/manifest.hpp"

namespace ballast::testing {

/// One document of five lines; its spec, in flow style, is the fourth.
inline std::string document(const std::string& kind, const std::string& name, const std::string& spec) {
  return "apiVersion: ballast/v1\nkind: " + kind + "\nmetadata: {name: " + name + "}\nspec: {" + spec + "}\n---\n";
}

inline std::vector<std::string> texts_of(const Diagnostics& diagnostics) {
  std::vector<std::string> texts;
  for (const Diagnostic& diagnostic : diagnostics) texts.push_back(diagnostic.text());
  return texts;
}

/// For tests/schema/agrees: where it asks for them, a manifest and what is wrong with it, a line each.
inline void keep(const std::string& manifest, const std::vector<std::string>& problems) {
  static int number = 0;
  const char* const folder = std::getenv("BALLAST_MANIFESTS_TO");
  if (folder == nullptr) return;
  const std::string path = std::string(folder) + "/" + std::to_string(++number);
  std::ofstream(path + ".yaml") << manifest;
  std::ofstream text(path + ".txt");
  for (const std::string& problem : problems) text << problem << '\n';
}

inline ReadOutcome read(const std::string& manifest) {
  ReadOutcome outcome = read_and_validate({{"m", manifest}});
  keep(manifest, texts_of(outcome.diagnostics));
  return outcome;
}

/// All diagnostics of one manifest called "m", without that name where it begins a line.
inline std::vector<std::string> problems(const std::string& manifest) {
  auto texts = texts_of(read(manifest).diagnostics);
  for (std::string& text : texts) {
    if (text.starts_with("m:")) text.erase(0, 2);
  }
  return texts;
}

struct Case {
  std::string what;
  std::string manifest;
  std::vector<std::string> expected;
};

inline void check(const std::vector<Case>& cases) {
  for (const Case& each : cases) {
    CAPTURE(each.what);
    const auto found = problems(each.manifest);
    CHECK(found.size() == each.expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      CHECK(found[i] == (i < each.expected.size() ? each.expected[i] : std::string("nothing more")));
    }
  }
}

}  // namespace ballast::testing
